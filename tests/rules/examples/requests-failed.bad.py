request = AccessLogEntry(method="POST", path="/chat", status=502, error="Malformed response")
found = check_traffic([request], streamed=set())
