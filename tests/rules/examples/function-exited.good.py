line = "END RequestId: 1f"
found = function_failure_findings("Chat", filter(None, [parse_failure(line)]))
