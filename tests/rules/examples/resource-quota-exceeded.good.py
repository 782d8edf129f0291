StreamingRestApi(stack, "Api", handler=chat, proxy=False).add_route("/rooms/{room+}")
