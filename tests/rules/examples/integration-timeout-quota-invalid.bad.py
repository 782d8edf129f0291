StreamingRestApi(stack, "Api", handler=chat, integration_timeout_quota=Duration.seconds(0))
