request = AccessLogEntry(method="POST", path="/chat", status=403, error_type="WAF_FILTERED")
findings = check_traffic([request], streamed=set())
