"""The endpoint type of an API, and the resource policy of a private one."""

from __future__ import annotations

from aws_cdk import Stack, aws_ec2, aws_iam
from aws_cdk.aws_apigateway import EndpointConfiguration, EndpointType, IpAddressType

from streaming_construct import StreamingRestApi
from tests.support.synthesis import Template, new_function, only, synthesize


def test_the_api_is_regional_and_has_a_readable_name(minimal: Template) -> None:
    """Regional streams may be silent for five minutes."""
    api = only(minimal, "AWS::ApiGateway::RestApi")

    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert api["Name"] == "Api"


def test_the_ip_address_type_can_be_given(stack: Stack) -> None:
    """IPv6 is a field of CDK's class."""
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        endpoint_configuration=EndpointConfiguration(
            types=[EndpointType.REGIONAL], ip_address_type=IpAddressType.DUAL_STACK
        ),
    )

    api = only(synthesize(stack), "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {"IpAddressType": "dualstack", "Types": ["REGIONAL"]}


def test_a_private_api_allows_only_its_vpc_endpoints(stack: Stack) -> None:
    """The API has the endpoints, and the policy denies all others."""
    endpoint = aws_ec2.InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        stack, "Endpoint", vpc_endpoint_id="vpce-0123456789abcdef0", port=443
    )
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        endpoint_configuration=EndpointConfiguration(
            types=[EndpointType.PRIVATE], vpc_endpoints=[endpoint]
        ),
    )

    api = only(synthesize(stack), "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {
        "Types": ["PRIVATE"],
        "VpcEndpointIds": ["vpce-0123456789abcdef0"],
    }
    effects = {s["Effect"]: s for s in api["Policy"]["Statement"]}
    assert effects["Deny"]["Condition"] == {
        "StringNotEquals": {"aws:SourceVpce": ["vpce-0123456789abcdef0"]}
    }
    assert effects["Allow"]["Action"] == "execute-api:Invoke"


def test_a_given_policy_is_unchanged(stack: Stack) -> None:
    """Nothing is added to it."""
    policy = aws_iam.PolicyDocument(
        statements=[
            aws_iam.PolicyStatement(
                actions=["execute-api:Invoke"],
                resources=["execute-api:/*"],
                principals=[aws_iam.AccountPrincipal("111122223333")],
            )
        ]
    )
    StreamingRestApi(stack, "Api", handler=new_function(stack), policy=policy)

    api = only(synthesize(stack), "AWS::ApiGateway::RestApi")
    assert len(api["Policy"]["Statement"]) == 1
