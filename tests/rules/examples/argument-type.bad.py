StreamingRestApi(stack, "Api", handler=chat).add_route("/chat", timeout=30)
