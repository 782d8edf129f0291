from streaming_construct import ResourcePolicy

ResourcePolicy(source_ips=["203.0.113.7/24"])
