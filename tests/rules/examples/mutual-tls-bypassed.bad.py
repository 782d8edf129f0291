from aws_cdk.aws_apigateway import DomainNameOptions, MTLSConfig
from aws_cdk.aws_certificatemanager import Certificate
from aws_cdk.aws_s3 import Bucket

arn = "arn:aws:acm:eu-west-1:111122223333:certificate/0f"
name = DomainNameOptions(
    domain_name="api.example.com",
    certificate=Certificate.from_certificate_arn(stack, "Certificate", arn),
    mtls=MTLSConfig(bucket=Bucket(stack, "Trust", versioned=True), key="clients.pem"),
)
StreamingRestApi(stack, "Api", handler=chat, domain_name=name, disable_execute_api_endpoint=False)
