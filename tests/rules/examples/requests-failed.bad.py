request = AccessLogEntry(method="POST", path="/chat", status=502, error="Malformed response")
found = traffic_findings([request], streamed=set())
