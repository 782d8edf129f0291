line = "EXTENSION Name: lambda-adapter State: Ready Events: []"
found = function_failure_findings("Chat", filter(None, [parse_failure(line)]))
