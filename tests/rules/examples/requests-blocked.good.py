request = AccessLogEntry(method="POST", path="/chat", status=403, error_type="ACCESS_DENIED")
findings = check_traffic([request], streamed=set())
