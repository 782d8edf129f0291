role = "arn:aws:iam::111122223333:role/Logs"
findings = check_readiness(AccountReadiness(region="eu-west-1", log_role=CloudWatchRoleStatus(arn=role, exists=True)))
