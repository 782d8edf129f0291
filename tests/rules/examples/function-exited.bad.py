line = "RequestId: 1f Error: Runtime exited with error: exit status 1"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
