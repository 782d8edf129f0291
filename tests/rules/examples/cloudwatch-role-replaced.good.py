findings = check_readiness(AccountReadiness(region="eu-west-1", log_role=CloudWatchRoleStatus(arn=None)))
