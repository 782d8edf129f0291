StreamingRestApi(stack, "Api", handler=chat).add_route("/files/{name}")
