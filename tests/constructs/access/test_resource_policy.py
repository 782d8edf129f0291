"""`ResourcePolicy`: the sources and principals that may call an API."""

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
    policy_statements: list[dict[str, Any]] = only(synthesize(stack), "AWS::ApiGateway::RestApi")[
        "Policy"
    ]["Statement"]
    return policy_statements


def denial(condition: dict[str, Any]) -> dict[str, Any]:
    return {**ANYONE, "Effect": "Deny", "Condition": condition}


def warning_ids(stack: Stack) -> list[str]:
    """Return the ids of the warnings about the API."""
    api = stack.node.find_child("Api")
    messages = (str(entry.data) for entry in api.node.metadata if entry.type == "aws:cdk:warning")
    return [message.rpartition(":")[2].rstrip("]") for message in messages]


def import_endpoint(stack: Stack) -> IInterfaceVpcEndpoint:
    return InterfaceVpcEndpoint.from_interface_vpc_endpoint_attributes(
        stack, "Endpoint", vpc_endpoint_id=ENDPOINT, port=443
    )


def test_other_sources_are_denied_explicitly(stack: Stack) -> None:
    """Otherwise the policy of an authorizer would be enough."""
    policy = ResourcePolicy(source_ips=["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"])

    elsewhere = {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7"]}
    assert statements(stack, policy) == [ANYONE, denial({"NotIpAddress": elsewhere})]


def test_sources_of_several_kinds_are_combined(stack: Stack) -> None:
    """The denial has one condition: a caller that comes from none of the sources."""
    vpc = Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-0123456789abcdef0", availability_zones=["a"]
    )
    policy = ResourcePolicy(
        vpc_endpoints=[import_endpoint(stack), "vpce-1"],
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


def test_blocked_addresses_have_a_separate_denial(stack: Stack) -> None:
    """They are denied even if they are part of an allowed range."""
    policy = ResourcePolicy(source_ips=["203.0.113.0/24"], blocked_ips=["203.0.113.9"])

    assert [s["Effect"] for s in statements(stack, policy)] == ["Allow", "Deny", "Deny"]
    last = only(synthesize(stack), "AWS::ApiGateway::RestApi")["Policy"]["Statement"][-1]
    assert last["Condition"] == {"IpAddress": {"aws:SourceIp": ["203.0.113.9"]}}


def test_principals_replace_the_allowance_of_all(stack: Stack) -> None:
    """They are accounts and organizations, for routes with IAM authorization."""
    policy = ResourcePolicy(
        principals=[AccountPrincipal("111122223333"), OrganizationPrincipal("o-abcdefghij")]
    )

    account, organization = statements(stack, policy)
    assert ":iam::111122223333:root" in str(account["Principal"])
    assert "Condition" not in account
    assert organization["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}


def test_without_principals_the_permissions_of_the_caller_decide(stack: Stack) -> None:
    """No statement allows: a caller of the account needs permissions."""
    policy = ResourcePolicy(source_ips=["203.0.113.0/24"], principals=[])

    assert [s["Effect"] for s in statements(stack, policy)] == ["Deny"]


def test_tokens_of_cdk_are_accepted(stack: Stack) -> None:
    """Values that only a deployment knows are not checked."""
    policy = ResourcePolicy(source_ips=[Fn.import_value("Office")])

    _, deny = statements(stack, policy)
    assert deny["Condition"] == {"NotIpAddress": {"aws:SourceIp": [{"Fn::ImportValue": "Office"}]}}


def test_all_problems_are_reported_at_once() -> None:
    """Host bits, words, texts in place of lists, and ids of something else."""
    with pytest.raises(ValueError, match="ResourcePolicy: 4 problems") as rejected:
        ResourcePolicy(
            source_ips=["203.0.113.7/24", "office"],
            blocked_ips="203.0.113.7",
            vpc_endpoints=["vpc-1"],
        )

    for problem in ("203.0.113.7/24 has host bits set", "'office'", "not a list", "has 'vpc-1'"):
        assert problem in str(rejected.value)


def test_an_empty_policy_is_an_error() -> None:
    """An empty document admits no caller."""
    with pytest.raises(ValueError, match="says nothing"):
        ResourcePolicy(principals=[])


@pytest.mark.parametrize(
    ("policy", "endpoint_type", "message"),
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
def test_a_policy_for_another_endpoint_type_is_an_error(
    stack: Stack, policy: dict[str, Any], endpoint_type: EndpointType, message: str
) -> None:
    """Private APIs have VPCs, public APIs have source addresses."""
    with pytest.raises(ValueError, match=message):
        statements(
            stack,
            ResourcePolicy(**policy),
            endpoint_configuration=EndpointConfiguration(types=[endpoint_type]),
        )


def test_a_policy_that_denies_a_vpc_endpoint_of_the_api_is_an_error(stack: Stack) -> None:
    """Both arguments must name the same endpoints, or one of them none."""
    with pytest.raises(ValueError, match=f"{ENDPOINT} is among the vpc_endpoints"):
        statements(
            stack,
            ResourcePolicy(vpc_endpoints=["vpce-1"]),
            endpoint_configuration=EndpointConfiguration(
                types=[EndpointType.PRIVATE], vpc_endpoints=[import_endpoint(stack)]
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
def test_a_private_api_that_allows_every_vpc_endpoint_gets_a_warning(
    stack: Stack, policy: dict[str, Any], warned: bool
) -> None:
    """An endpoint in any account can reach a private API."""
    statements(
        stack,
        ResourcePolicy(**policy),
        endpoint_configuration=EndpointConfiguration(
            types=[EndpointType.PRIVATE], vpc_endpoints=[import_endpoint(stack)]
        ),
    )

    assert warning_ids(stack) == ["resource-policy-open"] * warned


def test_a_public_api_may_be_open(stack: Stack) -> None:
    """A policy of blocked addresses has this purpose."""
    statements(stack, ResourcePolicy(blocked_ips=["203.0.113.7"]))

    assert warning_ids(stack) == []


@pytest.mark.parametrize(("ranges", "warned"), [(300, False), (600, True)])
def test_a_long_policy_gets_a_warning(stack: Stack, ranges: int, warned: bool) -> None:
    """CloudFormation would reject it. AWS can raise the quota, so it is no error."""
    addresses = [f"203.0.{index // 250}.{index % 250}" for index in range(ranges)]
    statements(stack, ResourcePolicy(source_ips=addresses))

    assert warning_ids(stack) == ["resource-policy-long"] * warned


def test_a_plain_document_is_an_error(stack: Stack) -> None:
    """The message names what to pass."""
    with pytest.raises(ValueError, match=r"not a PolicyDocument\. Pass PolicyDocument"):
        statements(stack, {"Statement": []})  # type: ignore[arg-type]  # rejected here


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source_ips": (ip for ip in ["203.0.113.7"])}, "source_ips is <generator"),
        ({"source_ips": None}, "source_ips is None, not a list"),
        ({"source_ips": [5]}, "source_ips has 5, which is no address or CIDR range"),
        ({"vpc_endpoints": ENDPOINT}, "vpc_endpoints is 'vpce-0123456789abcdef0', not a list"),
        ({"principals": ["111122223333"]}, "principals is .*, not a list of IPrincipal"),
        ({"principals": AccountPrincipal("111122223333")}, "principals is .*, not a list"),
    ],
)
def test_sources_of_a_wrong_type_are_an_error(options: dict[str, Any], message: str) -> None:
    """A policy without its sources would be open."""
    with pytest.raises(ValueError, match=f"ResourcePolicy: 1 problem\n.*{message}"):
        ResourcePolicy(**options)
