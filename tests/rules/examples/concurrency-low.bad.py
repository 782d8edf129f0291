found = concurrency_findings(Concurrency(limit=10, unreserved=10), [])
