served = {Subject("route", "POST /chat"): RouteState(transfer_mode="BUFFERED")}
current = {Subject("route", "POST /chat"): RouteState(transfer_mode="STREAM")}
findings = check_stale_deployment("prod", served, current)
