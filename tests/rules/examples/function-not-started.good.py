line = "INIT_START Runtime Version: python:3.14.v1"
found = function_failure_findings("Chat", filter(None, [parse_failure(line)]))
