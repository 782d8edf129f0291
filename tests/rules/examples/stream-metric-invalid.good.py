api = StreamingRestApi(stack, "Sound", handler=chat)
api.add_route("/chat", methods=["GET"])
api.metric_aborted(route="GET /chat")
