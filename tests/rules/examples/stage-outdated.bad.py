served = {Subject("route", "POST /chat"): RouteState(transfer_mode="BUFFERED")}
current = {Subject("route", "POST /chat"): RouteState(transfer_mode="STREAM")}
found = stale_deployment_findings("prod", served, current)
