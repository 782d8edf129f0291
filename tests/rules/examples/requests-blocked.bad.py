request = AccessLogEntry(method="POST", path="/chat", status=403, error_type="WAF_FILTERED")
found = traffic_findings([request], streamed=set())
