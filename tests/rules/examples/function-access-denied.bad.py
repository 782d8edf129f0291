line = "AccessDeniedException: ... is not authorized to perform: bedrock:InvokeModel"
found = function_failure_findings("Chat", filter(None, [parse_failure(line)]))
