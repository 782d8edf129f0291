log = AccessLogFormat.custom("$context.requestId $context.status $context.path")
StreamingRestApi(stack, "Api", handler=chat, access_log=AccessLog(format=log))
