request = AccessLogEntry(path="/chat", status=504, error_type="INTEGRATION_TIMEOUT")
found = check_traffic([request], streamed=set())
