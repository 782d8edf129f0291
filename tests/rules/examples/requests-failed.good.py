request = AccessLogEntry(method="POST", path="/chat", status=404)
found = check_traffic([request], streamed=set())
