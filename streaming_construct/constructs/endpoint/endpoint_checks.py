"""Where an API is reached: the checks of what a caller asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aws_cdk import Token
from aws_cdk.aws_apigateway import EndpointConfiguration, EndpointType, IpAddressType
from aws_cdk.aws_iam import PolicyDocument

from streaming_construct.aws.limits import RESOURCE_POLICY_CHARACTERS
from streaming_construct.constructs.access.resource_policy import ResourcePolicy
from streaming_construct.model.source_location import UNKNOWN_LOCATION
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.endpoint import (
    ENDPOINT_INVALID,
    create_endpoint_types_error,
    create_private_address_type_error,
)
from streaming_construct.rules.checks.resource_policies import (
    RESOURCE_POLICY_CONFLICT,
    RESOURCE_POLICY_LONG,
    RESOURCE_POLICY_OPEN,
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
        yield create_endpoint_types_error(len(types), location=UNKNOWN_LOCATION)
    if private and configuration.ip_address_type is IpAddressType.IPV4:
        yield create_private_address_type_error(location=UNKNOWN_LOCATION)
    if vpc_endpoints and not private:
        yield ENDPOINT_INVALID.at(
            Subject("API"),
            "vpc_endpoints do not go with an endpoint of type "
            + ", ".join(endpoint_type.name for endpoint_type in types),
            fix="Pass types=[EndpointType.PRIVATE], or remove vpc_endpoints.",
        )
    if private and not vpc_endpoints and policy is None:
        yield ENDPOINT_INVALID.at(
            Subject("API"),
            "a private API without vpc_endpoints and without a policy rejects all requests",
            fix="Pass vpc_endpoints, or a policy that allows callers.",
        )
    if isinstance(policy, PolicyDocument):
        yield from _check_policy_length(policy)
    if isinstance(policy, ResourcePolicy):
        yield from _check_policy(policy, vpc_endpoints or (), private=private)


def _check_policy_length(policy: PolicyDocument) -> Iterator[Finding]:
    """Yield a warning for a policy that is longer than API Gateway takes by default.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    """
    # Values that only a deployment knows count as the placeholders that stand for them.
    length = len(json.dumps(policy.to_json(), separators=(",", ":")))
    if length > RESOURCE_POLICY_CHARACTERS:
        yield RESOURCE_POLICY_LONG.at(
            Subject("API"),
            f"its policy has about {length} characters, and API Gateway takes "
            f"{RESOURCE_POLICY_CHARACTERS} unless the quota was raised",
        )


def _check_policy(
    policy: ResourcePolicy, vpc_endpoints: Sequence[IVpcEndpoint], *, private: bool
) -> Iterator[Finding]:
    """Yield a finding for each way in which a policy denies all callers or a named endpoint.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html
    """
    if policy.only_for_private_apis and not private:
        yield RESOURCE_POLICY_CONFLICT.at(
            Subject("API"),
            "the policy names VPCs or VPC endpoints, which cannot reach a public API",
            fix="Pass types=[EndpointType.PRIVATE], or name source_ips.",
        )
    if policy.only_for_public_apis and private:
        yield RESOURCE_POLICY_CONFLICT.at(
            Subject("API"),
            "the policy names source_ips or blocked_ips, which no request to a private API has",
            fix="Name vpc_source_ips, the addresses within the VPC.",
        )
    if private and policy.is_public:
        yield RESOURCE_POLICY_OPEN.at(
            Subject("API"),
            "the policy has no source condition, so that it allows requests through VPC endpoints "
            "of all accounts",
        )
    for endpoint in vpc_endpoints if policy.vpc_endpoint_ids else ():
        name = endpoint.vpc_endpoint_id
        if name not in policy.vpc_endpoint_ids and not Token.is_unresolved(name):
            yield RESOURCE_POLICY_CONFLICT.at(
                Subject("API"),
                f"{name} is among its vpc_endpoints, and its policy denies it",
                fix="Name it in both, or leave vpc_endpoints out of the policy.",
            )
