declared = deployed = {Subject("function", "Chat"): FunctionState(timeout_seconds=300)}
found = drift_findings(declared, deployed)
