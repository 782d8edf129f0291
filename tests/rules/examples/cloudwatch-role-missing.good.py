role = "arn:aws:iam::111122223333:role/Logs"
found = cloud_watch_role_findings(CloudWatchRoleStatus(arn=role, exists=True, trusts_api_gateway=True))
