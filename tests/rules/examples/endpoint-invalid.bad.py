StreamingRestApi(stack, "Api", handler=chat, endpoint_configuration=EndpointConfiguration(types=[EndpointType.PRIVATE]))
