request = AccessLogEntry(method="POST", path="/chat", status=200, transfer_mode="STREAMED")
findings = check_traffic([request], streamed={Subject("route", "POST /chat")})
