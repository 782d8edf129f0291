line = "REPORT RequestId: 1f Duration: 12.00 ms Billed Duration: 13 ms Memory Size: 256 MB"
found = function_failure_findings("Chat", filter(None, [parse_failure(line)]))
