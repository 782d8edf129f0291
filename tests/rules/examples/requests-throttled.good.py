request = AccessLogEntry(method="POST", path="/chat", status=200)
found = traffic_findings([request], streamed=set())
