line = "AccessDeniedException: ... is not authorized to perform: bedrock:InvokeModel"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
