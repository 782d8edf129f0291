request = AccessLogEntry(path="/chat", status=504, error_type="INTEGRATION_TIMEOUT")
found = traffic_findings([request], streamed=set())
