found = cloud_watch_role_findings(CloudWatchRoleStatus(arn=None))
