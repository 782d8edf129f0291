"""Where an API is reached: the checks of what a caller asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aws_cdk.aws_apigateway import EndpointType
from aws_cdk.aws_iam import PolicyDocument

from streaming_construct.knowledge.finding import Finding, error

if TYPE_CHECKING:
    from aws_cdk.aws_ec2 import IVpcEndpoint


def endpoint_option_findings(
    endpoint_type: EndpointType,
    vpc_endpoints: Sequence[IVpcEndpoint] | None,
    policy: PolicyDocument | None,
) -> Iterator[Finding]:
    """Yield what does not go together.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html
    """
    private = endpoint_type is EndpointType.PRIVATE
    if vpc_endpoints and not private:
        yield error(
            "endpoint-invalid",
            "the API",
            f"vpc_endpoints are given for an endpoint of type {endpoint_type.name}",
            "make it EndpointType.PRIVATE, or leave vpc_endpoints out",
        )
    if private and not vpc_endpoints and policy is None:
        yield error(
            "endpoint-invalid",
            "the API",
            "a private API without vpc_endpoints and without a policy can be called by nobody",
            "give vpc_endpoints, or a policy that says who may call",
        )
