request = AccessLogEntry(path="/chat", status=200)
findings = check_traffic([request], streamed=set())
