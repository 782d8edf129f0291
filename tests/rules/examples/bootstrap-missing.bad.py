found = readiness_findings(AccountReadiness(region="eu-west-1", bootstrap_version=0))
