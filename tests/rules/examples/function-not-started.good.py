line = "INIT_START Runtime Version: python:3.14.v1"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
