from aws_cdk.aws_apigateway import EndpointAccessMode, SecurityPolicy

newer, strict = SecurityPolicy.TLS13_1_3_2025_09, EndpointAccessMode.STRICT
StreamingRestApi(stack, "Api", handler=chat, security_policy=newer, endpoint_access_mode=strict)
