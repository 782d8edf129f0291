request = AccessLogEntry(method="POST", path="/chat", status=200, transfer_mode="BUFFERED")
found = check_traffic([request], streamed={Subject("route", "POST /chat")})
