role = "arn:aws:iam::111122223333:role/Logs"
findings = check_cloud_watch_role(CloudWatchRoleStatus(arn=role, exists=True, is_assumable=True))
