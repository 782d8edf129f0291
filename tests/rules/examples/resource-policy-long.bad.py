from streaming_construct import ResourcePolicy

addresses = [f"198.51.{block}.{index}" for block in range(100, 104) for index in range(1, 200)]
StreamingRestApi(stack, "Api", handler=chat, policy=ResourcePolicy(source_ips=addresses))
