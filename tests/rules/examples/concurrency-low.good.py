found = concurrency_findings(Concurrency(limit=1000, unreserved=900), [])
