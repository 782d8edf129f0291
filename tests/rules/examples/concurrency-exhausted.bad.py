findings = check_concurrency(None, [FunctionConcurrency(name="Chat", reserved=50, throttles=7)])
