line = "fork/exec /var/task/run.sh: permission denied Runtime.InvalidEntrypoint"
found = function_failure_findings("Chat", filter(None, [parse_failure(line)]))
