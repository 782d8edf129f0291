StreamingRestApi(stack, "Api", handler=chat).add_route("/chat", methods=["GET"])
