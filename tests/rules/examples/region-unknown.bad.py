found = readiness_findings(AccountReadiness(region="eu-west-11", region_known=False))
