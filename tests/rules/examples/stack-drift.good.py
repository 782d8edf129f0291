declared = deployed = {Subject("function", "Chat"): FunctionState(timeout_seconds=300)}
found = check_drift(declared, deployed)
