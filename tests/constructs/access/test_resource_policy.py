"""`ResourcePolicy`: from where, and by whom, an API may be called."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Fn, Stack
from aws_cdk.aws_apigateway import EndpointConfiguration, EndpointType
from aws_cdk.aws_ec2 import IInterfaceVpcEndpoint, InterfaceVpcEndpoint, Vpc
from aws_cdk.aws_iam import AccountPrincipal, OrganizationPrincipal

from streaming_construct import ResourcePolicy, StreamingRestApi
from tests.support.synthesis import new_function, only, synthesize

ENDPOINT = "vpce-0123456789abcdef0"
ANYONE = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": "execute-api:Invoke",
    "Resource": "execute-api:/*",
}


def statements(stack: Stack, policy: ResourcePolicy, **options: Any) -> list[dict[str, Any]]:
    StreamingRestApi(stack, "Api", handler=new_function(stack), policy=policy, **options)
    found: list[dict[str, Any]] = only(synthesize(stack), "AWS::ApiGateway::RestApi")["Policy"][
        "Statement"
    ]
    return found


def denied(condition: dict[str, Any]) -> dict[str, Any]:
    return {**ANYONE, "Effect": "Deny", "Condition": condition}


def warned_of(stack: Stack) -> list[str]:
    """Return the ids of the warnings about the API."""
    api = stack.node.find_child("Api")
    found = (str(each.data) for each in api.node.metadata if each.type == "aws:cdk:warning")
    return [each.rpartition(":")[2].rstrip("]") for each in found]


def imported_endpoint(stack: Stack) -> IInterfaceVpcEndpoint:
    return InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        stack, "Endpoint", vpc_endpoint_id=ENDPOINT, port=443
    )


def test_who_comes_from_elsewhere_is_denied_and_not_merely_left_out(stack: Stack) -> None:
    """An authorizer's own allowance would otherwise suffice."""
    policy = ResourcePolicy(source_ips=["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"])

    elsewhere = {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"]}
    assert statements(stack, policy) == [ANYONE, denied({"NotIpAddress": elsewhere})]


def test_places_of_several_kinds_add_up(stack: Stack) -> None:
    """Denied is who comes from none of them: all parts of one condition hold."""
    vpc = Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-0123456789abcdef0", availability_zones=["a"]
    )
    policy = ResourcePolicy(
        vpc_endpoints=[imported_endpoint(stack), "vpce-1"],
        vpcs=[vpc],
        vpc_source_ips=["10.0.0.0/8"],
    )

    _, deny = statements(
        stack, policy, endpoint_configuration=EndpointConfiguration(types=[EndpointType.PRIVATE])
    )
    assert deny["Condition"] == {
        "NotIpAddress": {"aws:VpcSourceIp": ["10.0.0.0/8"]},
        "StringNotEquals": {
            "aws:SourceVpce": [ENDPOINT, "vpce-1"],
            "aws:SourceVpc": ["vpc-0123456789abcdef0"],
        },
    }


def test_blocked_addresses_are_denied_in_a_statement_of_their_own(stack: Stack) -> None:
    """So that they are even if they are among those that may call."""
    policy = ResourcePolicy(source_ips=["203.0.113.0/24"], blocked_ips=["203.0.113.9"])

    assert [s["Effect"] for s in statements(stack, policy)] == ["Allow", "Deny", "Deny"]
    last = only(synthesize(stack), "AWS::ApiGateway::RestApi")["Policy"]["Statement"][-1]
    assert last["Condition"] == {"IpAddress": {"aws:SourceIp": ["203.0.113.9"]}}


def test_principals_are_allowed_instead_of_everybody(stack: Stack) -> None:
    """Accounts and organizations, for routes with IAM authorization."""
    policy = ResourcePolicy(
        principals=[AccountPrincipal("111122223333"), OrganizationPrincipal("o-abcdefghij")]
    )

    account, organization = statements(stack, policy)
    assert ":iam::111122223333:root" in str(account["Principal"])
    assert "Condition" not in account
    assert organization["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}


def test_without_principals_own_permissions_alone_count(stack: Stack) -> None:
    """No statement allows: a caller of the account needs permissions of its own."""
    policy = ResourcePolicy(source_ips=["203.0.113.0/24"], principals=[])

    assert [s["Effect"] for s in statements(stack, policy)] == ["Deny"]


def test_tokens_pass(stack: Stack) -> None:
    """What only a deployment knows is not judged."""
    policy = ResourcePolicy(source_ips=[Fn.import_value("Office")])

    _, deny = statements(stack, policy)
    assert deny["Condition"] == {"NotIpAddress": {"aws:SourceIp": [{"Fn::ImportValue": "Office"}]}}


def test_everything_wrong_is_named_at_once() -> None:
    """Host bits, words, texts for lists, ids of something else."""
    with pytest.raises(ValueError, match="ResourcePolicy: 4 problems") as refused:
        ResourcePolicy(
            source_ips=["203.0.113.7/24", "office"],
            blocked_ips="203.0.113.7",
            vpc_endpoints=["vpc-1"],
        )

    for said in ("203.0.113.7/24 has host bits set", "'office'", "not a list", "has 'vpc-1'"):
        assert said in str(refused.value)


def test_a_policy_that_says_nothing_is_refused() -> None:
    """An empty document admits nobody."""
    with pytest.raises(ValueError, match="says nothing"):
        ResourcePolicy(principals=[])


@pytest.mark.parametrize(
    ("policy", "endpoint_type", "said"),
    [
        ({"vpcs": ["vpc-1"]}, EndpointType.REGIONAL, "which cannot reach a public API"),
        ({"source_ips": ["10.0.0.1"]}, EndpointType.PRIVATE, "no request to a private API has"),
        (
            {"vpcs": ["vpc-1"], "blocked_ips": ["10.0.0.1"]},
            EndpointType.PRIVATE,
            "no request to a private API has",
        ),
    ],
)
def test_a_policy_that_admits_nobody_to_this_type_of_endpoint_is_refused(
    stack: Stack, policy: dict[str, Any], endpoint_type: EndpointType, said: str
) -> None:
    """VPCs belong to private APIs, source addresses to public ones."""
    with pytest.raises(ValueError, match=said):
        statements(
            stack,
            ResourcePolicy(**policy),
            endpoint_configuration=EndpointConfiguration(types=[endpoint_type]),
        )


def test_a_policy_that_denies_an_endpoint_of_the_api_is_refused(stack: Stack) -> None:
    """Both arguments name the same endpoints, or one of them names none."""
    with pytest.raises(ValueError, match=f"{ENDPOINT} is among its vpc_endpoints"):
        statements(
            stack,
            ResourcePolicy(vpc_endpoints=["vpce-1"]),
            endpoint_configuration=EndpointConfiguration(
                types=[EndpointType.PRIVATE], vpc_endpoints=[imported_endpoint(stack)]
            ),
        )


@pytest.mark.parametrize(
    ("policy", "warned"),
    [
        ({}, True),
        ({"vpc_endpoints": [ENDPOINT]}, False),
        ({"principals": [AccountPrincipal("111122223333")]}, False),
    ],
)
def test_a_private_api_that_is_open_to_every_vpc_endpoint_is_warned_of(
    stack: Stack, policy: dict[str, Any], warned: bool
) -> None:
    """Private does not mean one's own: an endpoint in any account leads there."""
    statements(
        stack,
        ResourcePolicy(**policy),
        endpoint_configuration=EndpointConfiguration(
            types=[EndpointType.PRIVATE], vpc_endpoints=[imported_endpoint(stack)]
        ),
    )

    assert warned_of(stack) == ["resource-policy-open"] * warned


def test_a_public_api_may_be_open(stack: Stack) -> None:
    """That is what a policy of blocked addresses is for."""
    statements(stack, ResourcePolicy(blocked_ips=["203.0.113.7"]))

    assert warned_of(stack) == []


@pytest.mark.parametrize(("ranges", "warned"), [(300, False), (600, True)])
def test_a_policy_that_is_too_long_is_warned_of(stack: Stack, ranges: int, warned: bool) -> None:
    """CloudFormation would find out; the quota can be raised, so that it is no error."""
    addresses = [f"203.0.{each // 250}.{each % 250}" for each in range(ranges)]
    statements(stack, ResourcePolicy(source_ips=addresses))

    assert warned_of(stack) == ["resource-policy-long"] * warned


def test_a_plain_document_is_not_one_of_cdks(stack: Stack) -> None:
    """What to pass instead is in the message."""
    with pytest.raises(ValueError, match=r"not a PolicyDocument\. Pass PolicyDocument"):
        statements(stack, {"Statement": []})  # type: ignore[arg-type]  # refused here
