findings = check_throttle(Throttle(rate=10_000, burst=5_000), Throttle(rate=20_000, burst=100))
