findings = check_cloud_watch_role(CloudWatchRoleStatus(arn=None))
