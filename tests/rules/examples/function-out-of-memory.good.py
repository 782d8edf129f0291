line = "REPORT RequestId: 1f Memory Size: 256 MB Max Memory Used: 90 MB"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
