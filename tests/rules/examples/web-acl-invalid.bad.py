acl = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/chat/0f"
StreamingRestApi(stack, "Api", handler=chat, web_acl=acl)
