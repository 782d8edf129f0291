line = "END RequestId: 1f"
found = check_function_failures("Chat", filter(None, [parse_failure(line)]))
