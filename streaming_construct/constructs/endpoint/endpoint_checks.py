"""Where an API is reached: the checks of what a caller asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aws_cdk.aws_apigateway import EndpointConfiguration, EndpointType, IpAddressType
from aws_cdk.aws_iam import PolicyDocument

from streaming_construct.constructs.access.resource_policy import ResourcePolicy
from streaming_construct.constructs.cdk.validation import is_token
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.access.resource_policies import (
    RESOURCE_POLICY_CONFLICT,
    check_policy_length,
    create_open_policy_warning,
)
from streaming_construct.rules.checks.endpoint import (
    create_endpoint_types_error,
    create_private_address_type_error,
    create_private_api_policy_error,
    create_vpc_endpoints_error,
)
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    from aws_cdk.aws_ec2 import IVpcEndpoint


def check_endpoint_options(
    configuration: EndpointConfiguration, policy: PolicyDocument | None
) -> Iterator[Finding]:
    """Yield contradictions between an endpoint's type, its VPC endpoints and its policy.

    Sources:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html,
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-ip-address-type.html
    """
    types, vpc_endpoints = configuration.types, configuration.vpc_endpoints
    private = list(types) == [EndpointType.PRIVATE]
    if len(types) != 1:
        yield create_endpoint_types_error(len(types))
    if private and configuration.ip_address_type is IpAddressType.IPV4:
        yield create_private_address_type_error()
    if vpc_endpoints and not private:
        yield create_vpc_endpoints_error(endpoint_type.name for endpoint_type in types)
    if private and not vpc_endpoints and policy is None:
        yield create_private_api_policy_error()
    if isinstance(policy, PolicyDocument):
        yield from check_policy_length(policy.to_json())
    if isinstance(policy, ResourcePolicy):
        yield from _check_policy(policy, vpc_endpoints or (), is_private=private)


def _check_policy(
    policy: ResourcePolicy, vpc_endpoints: Sequence[IVpcEndpoint], *, is_private: bool
) -> Iterator[Finding]:
    """Yield a finding for each way in which a policy denies all callers or a named endpoint.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html
    """
    if policy.only_for_private_apis and not is_private:
        yield RESOURCE_POLICY_CONFLICT.at(
            Subject("API"),
            "the policy names VPCs or VPC endpoints, which cannot reach a public API",
            fix="Pass types=[EndpointType.PRIVATE], or name source_ips.",
        )
    if policy.only_for_public_apis and is_private:
        yield RESOURCE_POLICY_CONFLICT.at(
            Subject("API"),
            "the policy names source_ips or blocked_ips, which no request to a private API has",
            fix="Name vpc_source_ips, the addresses within the VPC.",
        )
    if is_private and policy.is_public:
        yield create_open_policy_warning()
    # A token among the endpoints of the policy can be any of them.
    is_known = not any(map(is_token, policy.vpc_endpoint_ids))
    for endpoint in vpc_endpoints if policy.vpc_endpoint_ids and is_known else ():
        name = endpoint.vpc_endpoint_id
        if name not in policy.vpc_endpoint_ids and not is_token(name):
            yield RESOURCE_POLICY_CONFLICT.at(
                Subject("API"),
                f"{name} is among the vpc_endpoints, and the policy denies it",
                fix="Name it in both, or leave vpc_endpoints out of the policy.",
            )
