line = "asked the model"
found = check_function_failures("Chat", filter(None, [parse_failure(line)]))
