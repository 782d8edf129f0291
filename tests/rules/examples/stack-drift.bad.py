declared = {Subject("function", "Chat"): FunctionState(timeout_seconds=300)}
deployed = {Subject("function", "Chat"): FunctionState(timeout_seconds=3)}
findings = check_drift(declared, deployed)
