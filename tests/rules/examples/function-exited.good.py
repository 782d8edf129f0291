line = "END RequestId: 1f"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
