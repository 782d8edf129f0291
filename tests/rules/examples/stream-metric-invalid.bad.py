api = StreamingRestApi(stack, "Api", handler=chat)
api.metric_aborted(route="GET /chat")
