line = "[INFO] asked the model"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
