request = AccessLogEntry(method="POST", path="/chat", status=403, error_type="ACCESS_DENIED")
found = traffic_findings([request], streamed=set())
