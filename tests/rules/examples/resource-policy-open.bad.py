from streaming_construct import ResourcePolicy

policy = ResourcePolicy()
StreamingRestApi(stack, "Api", handler=chat, endpoint_configuration=EndpointConfiguration(types=[EndpointType.PRIVATE]), policy=policy)
