declared = deployed = {Subject("function", "Chat"): FunctionState(timeout_seconds=300)}
findings = check_drift(declared, deployed)
