from aws_cdk.aws_ec2 import InterfaceVpcEndpoint

endpoint = InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
    stack, "Endpoint", vpc_endpoint_id="vpce-0123456789abcdef0", port=443
)
StreamingRestApi(
    stack, "Api", handler=chat, endpoint_configuration=EndpointConfiguration(types=[EndpointType.PRIVATE], vpc_endpoints=[endpoint]), )
