line = "RequestId: 1f Error: Runtime exited with error: signal: killed"
found = function_failure_findings("Chat", filter(None, [parse_failure(line)]))
