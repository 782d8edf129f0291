findings = check_readiness(AccountReadiness(region="eu-west-1", bootstrap_version=21))
