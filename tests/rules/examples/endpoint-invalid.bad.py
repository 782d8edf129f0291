StreamingRestApi(stack, "Api", handler=chat, endpoint_type=EndpointType.PRIVATE)
