served = current = {Subject("route", "POST /chat"): RouteState(transfer_mode="STREAM")}
findings = check_stale_deployment("prod", served, current)
