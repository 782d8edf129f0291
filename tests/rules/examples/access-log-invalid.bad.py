log = AccessLogFormat.custom("$context.requestId")
StreamingRestApi(stack, "Api", handler=chat, access_log=False, access_log_format=log)
