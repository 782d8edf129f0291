request = AccessLogEntry(method="POST", path="/chat", status=429, error_type="THROTTLED")
found = traffic_findings([request], streamed=set())
