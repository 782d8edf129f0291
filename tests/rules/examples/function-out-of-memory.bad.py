line = "RequestId: 1f Error: Runtime exited with error: signal: killed"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
