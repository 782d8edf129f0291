acl = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/chat/0f"
StreamingRestApi(stack, "Api", handler=chat, web_acl=acl)
