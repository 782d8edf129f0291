findings = check_readiness(AccountReadiness(region="eu-west-1", sdk_supports_streaming=True))
