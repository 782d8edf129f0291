request = AccessLogEntry(method="POST", path="/chat", status=502, error="Malformed response")
findings = check_traffic([request], streamed=set())
