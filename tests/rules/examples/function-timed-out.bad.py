line = "2026-11-22T12:00:03.000Z 1f Task timed out after 3.00 seconds"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
