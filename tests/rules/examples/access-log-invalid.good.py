group = LogGroup(stack, "Log", retention=RetentionDays.ONE_WEEK)
StreamingRestApi(stack, "Api", handler=chat, access_log=AccessLog(group=group))
