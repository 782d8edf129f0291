request = AccessLogEntry(method="POST", path="/chat", status=429, error_type="THROTTLED")
findings = check_traffic([request], streamed=set())
