request = AccessLogEntry(method="POST", path="/chat", status=404)
found = traffic_findings([request], streamed=set())
