from aws_cdk.aws_apigateway import DomainNameOptions
from aws_cdk.aws_certificatemanager import Certificate

arn = "arn:aws:acm:eu-west-1:111122223333:certificate/0f"
certificate = Certificate.from_certificate_arn(stack, "Certificate", arn)
name = DomainNameOptions(domain_name="api.example.com", certificate=certificate)
api = StreamingRestApi(stack, "Api", handler=chat, domain_name=name)
api.add_oauth_protected_resource(authorization_servers=["https://id.example.com"])
