from streaming_construct import ResourcePolicy

policy = ResourcePolicy(vpc_endpoints=["vpce-0123456789abcdef0"])
StreamingRestApi(stack, "Api", handler=chat, endpoint_configuration=EndpointConfiguration(types=[EndpointType.PRIVATE]), policy=policy)
