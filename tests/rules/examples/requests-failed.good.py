request = AccessLogEntry(method="POST", path="/chat", status=404)
findings = check_traffic([request], streamed=set())
