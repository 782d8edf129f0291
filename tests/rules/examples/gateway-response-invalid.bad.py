api = StreamingRestApi(stack, "Api", handler=chat)
api.add_gateway_response(ResponseType.THROTTLED, response_headers={"Retry-After": "60"})
