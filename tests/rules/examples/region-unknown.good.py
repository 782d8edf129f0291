findings = check_readiness(AccountReadiness(region="eu-west-1", region_known=True))
