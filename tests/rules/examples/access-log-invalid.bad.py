group = LogGroup(stack, "Log")
log = AccessLog(group=group, retention=RetentionDays.ONE_WEEK)
StreamingRestApi(stack, "Api", handler=chat, access_log=log)
