found = readiness_findings(AccountReadiness(region="eu-west-1", region_known=True))
