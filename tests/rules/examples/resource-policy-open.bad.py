from streaming_construct import ResourcePolicy

policy = ResourcePolicy()
StreamingRestApi(stack, "Api", handler=chat, endpoint_type=EndpointType.PRIVATE, policy=policy)
