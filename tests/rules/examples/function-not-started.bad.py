line = "fork/exec /var/task/run.sh: permission denied Runtime.InvalidEntrypoint"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
