line = "RequestId: 1f Error: Runtime exited with error: exit status 1"
found = function_failure_findings("Chat", filter(None, [parse_failure(line)]))
