from aws_cdk.aws_apigateway import SecurityPolicy

newer = SecurityPolicy.TLS13_1_3_2025_09
StreamingRestApi(stack, "Api", handler=chat, security_policy=newer)
