findings = check_readiness(AccountReadiness(region="eu-west-11", is_region_known=False))
