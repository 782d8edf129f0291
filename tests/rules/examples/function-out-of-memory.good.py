line = "REPORT RequestId: 1f Memory Size: 256 MB Max Memory Used: 90 MB"
found = function_failure_findings("Chat", filter(None, [parse_failure(line)]))
