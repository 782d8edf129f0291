served = current = {Subject("route", "POST /chat"): RouteState(transfer_mode="STREAM")}
found = check_stale_deployment("prod", served, current)
