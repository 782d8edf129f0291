findings = check_readiness(AccountReadiness(region="eu-west-1", is_region_known=True))
