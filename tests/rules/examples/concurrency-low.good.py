findings = check_concurrency(Concurrency(limit=1000, unreserved=900), [])
