found = concurrency_findings(None, [FunctionConcurrency(name="Chat", reserved=50, throttles=0)])
