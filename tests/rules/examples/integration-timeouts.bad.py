request = AccessLogEntry(path="/chat", status=504, error_type="INTEGRATION_TIMEOUT")
findings = check_traffic([request], streamed=set())
