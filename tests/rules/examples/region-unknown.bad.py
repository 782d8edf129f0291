findings = check_readiness(AccountReadiness(region="eu-west-11", region_known=False))
