from streaming_construct import ResourcePolicy

policy = ResourcePolicy(source_ips=["203.0.113.0/24"])
StreamingRestApi(stack, "Api", handler=chat, policy=policy)
