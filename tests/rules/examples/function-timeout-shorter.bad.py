StreamingRestApi(stack, "Api", handler=chat).add_route("/chat", timeout=Duration.minutes(10))
