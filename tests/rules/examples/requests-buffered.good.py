request = AccessLogEntry(method="POST", path="/chat", status=200, transfer_mode="STREAMED")
found = traffic_findings([request], streamed={Subject("route", "POST /chat")})
