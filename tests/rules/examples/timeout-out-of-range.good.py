StreamingRestApi(stack, "Api", handler=chat).add_route("/report", timeout=Duration.minutes(1))
