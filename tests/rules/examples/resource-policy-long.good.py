from streaming_construct import ResourcePolicy

ranges = [f"198.51.{block}.0/24" for block in range(100, 104)]
StreamingRestApi(stack, "Api", handler=chat, policy=ResourcePolicy(source_ips=ranges))
