line = "EXTENSION Name: lambda-adapter State: Ready Events: []"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
