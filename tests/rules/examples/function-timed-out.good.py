line = "REPORT RequestId: 1f Duration: 12.00 ms Billed Duration: 13 ms Memory Size: 256 MB"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
