StreamingRestApi(stack, "Api", handler=chat, buffered_timeout_quota=Duration.seconds(0))
