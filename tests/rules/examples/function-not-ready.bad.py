line = "INFO lambda_web_adapter: app is not ready after 2000ms url=http://127.0.0.1:8080/"
findings = check_function_failures("Chat", filter(None, [parse_failure(line)]))
