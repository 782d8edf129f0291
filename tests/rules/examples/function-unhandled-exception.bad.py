line = "[ERROR] KeyError: 'model'"
found = function_failure_findings("Chat", filter(None, [parse_failure(line)]))
