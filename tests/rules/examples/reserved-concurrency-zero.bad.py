found = concurrency_findings(None, [FunctionConcurrency(name="Chat", reserved=0)])
