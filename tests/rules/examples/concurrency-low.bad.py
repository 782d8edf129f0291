findings = check_concurrency(Concurrency(limit=10, unreserved=10), [])
