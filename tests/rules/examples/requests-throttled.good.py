request = AccessLogEntry(method="POST", path="/chat", status=200)
found = check_traffic([request], streamed=set())
