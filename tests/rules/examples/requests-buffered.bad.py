request = AccessLogEntry(method="POST", path="/chat", status=200, transfer_mode="BUFFERED")
found = traffic_findings([request], streamed={Subject("route", "POST /chat")})
