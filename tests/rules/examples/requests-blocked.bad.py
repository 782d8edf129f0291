request = AccessLogEntry(method="POST", path="/chat", status=403, error_type="WAF_FILTERED")
found = check_traffic([request], streamed=set())
