request = AccessLogEntry(method="POST", path="/chat", status=429, error_type="THROTTLED")
found = check_traffic([request], streamed=set())
