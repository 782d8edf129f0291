"""`ResourcePolicy`: the networks and the principals that may call an API."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aws_cdk.aws_iam import AnyPrincipal, Effect, IPrincipal, PolicyDocument, PolicyStatement

from streaming_construct.constructs.cdk.option_types import is_cdk_object
from streaming_construct.constructs.cdk.validation import create_validation_error, is_token
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.access import RESOURCE_POLICY_INVALID

if TYPE_CHECKING:
    from aws_cdk.aws_ec2 import IVpc, IVpcEndpoint

# API Gateway writes the account, the Region and the API into it.
_ANY_METHOD: Final = "execute-api:/*"
_Item = TypeVar("_Item")
_INVOKE: Final = "execute-api:Invoke"
_SUBJECT: Final = Subject("resource policy")
_VPC_ENDPOINT_ID: Final = re.compile(r"vpce-[0-9a-z]+")
_VPC_ID: Final = re.compile(r"vpc-[0-9a-z]+")


class ResourcePolicy(PolicyDocument):
    """A resource policy that applies to routes with any authorizer.

    A caller must come from one of the sources: addresses, VPC endpoints or VPCs. The policy denies
    requests from other sources. An allow statement without it would not reject them, because an IAM
    or Lambda authorizer that allows a request is sufficient.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html

    Attributes:
        vpc_endpoint_ids: The ids of the `vpc_endpoints`, tokens included.
        only_for_private_apis: Whether it names VPCs or VPC endpoints, which reach private APIs
            only.
        only_for_public_apis: Whether it names source addresses, which private APIs see as
            `vpc_source_ips`.
        is_public: Whether it names neither sources nor principals.
    """

    def __init__(
        self,
        *,
        source_ips: Sequence[str] = (),
        vpc_endpoints: Sequence[IVpcEndpoint | str] = (),
        vpcs: Sequence[IVpc | str] = (),
        vpc_source_ips: Sequence[str] = (),
        blocked_ips: Sequence[str] = (),
        principals: Sequence[IPrincipal] | None = None,
    ) -> None:
        """Create the policy.

        Args:
            source_ips: Addresses and CIDR ranges, IPv4 and IPv6, from which a public API may be
                called. Default: anywhere.
            vpc_endpoints: The endpoints, or their ids, through which a private API may be called.
                Default: any.
            vpcs: The VPCs, or their ids, from which a private API may be called. Default: any.
            vpc_source_ips: Addresses and CIDR ranges within VPCs from which a private API may be
                called. Default: any.
            blocked_ips: Addresses and CIDR ranges that a public API rejects even if they are among
                `source_ips`. Default: none.
            principals: The principals that the policy allows: `AccountPrincipal`, `ArnPrincipal`,
                `OrganizationPrincipal` and so on. They matter on routes with IAM authorization. A
                caller of the API's account needs the policy or its identity policies to allow the
                request, a caller of another account needs both. With none (`[]`), only identity
                policies count. Default: all principals.

        Raises:
            ValueError: A value is not a list, or not an address, range, id or principal. The
                message names all of them.
        """
        endpoints = [_read_id(item, "vpc_endpoint_id") for item in _list_items(vpc_endpoints)]
        networks = [_read_id(item, "vpc_id") for item in _list_items(vpcs)]
        _raise_for_findings(
            [
                *_check_lists(
                    source_ips=source_ips,
                    vpc_endpoints=vpc_endpoints,
                    vpcs=vpcs,
                    vpc_source_ips=vpc_source_ips,
                    blocked_ips=blocked_ips,
                ),
                *_check_principals(principals),
                *_check_ip_ranges("source_ips", source_ips),
                *_check_ip_ranges("vpc_source_ips", vpc_source_ips),
                *_check_ip_ranges("blocked_ips", blocked_ips),
                *_check_ids("vpc_endpoints", endpoints, _VPC_ENDPOINT_ID, "vpce-0123456789abcdef0"),
                *_check_ids("vpcs", networks, _VPC_ID, "vpc-0123456789abcdef0"),
            ]
        )
        other_sources = _negate_sources(source_ips, vpc_source_ips, endpoints, networks)
        allowed = [AnyPrincipal()] if principals is None else principals
        # A statement for each principal: the condition of an organization would apply to the others
        # too.
        statements = [_create_statement(Effect.ALLOW, principal) for principal in allowed]
        if other_sources:
            statements.append(_create_statement(Effect.DENY, AnyPrincipal(), other_sources))
        if blocked_ips:
            condition = {"IpAddress": {"aws:SourceIp": list(blocked_ips)}}
            statements.append(_create_statement(Effect.DENY, AnyPrincipal(), condition))
        if not statements:
            _raise_for_findings([_create_empty_policy_error()])
        super().__init__(statements=statements)
        self.vpc_endpoint_ids = tuple(endpoints)
        self.only_for_private_apis = bool(endpoints or networks or vpc_source_ips)
        self.only_for_public_apis = bool(source_ips or blocked_ips)
        self.is_public = principals is None and not other_sources


def _negate_sources(
    source_ips: Sequence[str],
    vpc_source_ips: Sequence[str],
    vpc_endpoint_ids: Sequence[str],
    vpc_ids: Sequence[str],
) -> dict[str, dict[str, list[str]]]:
    """Return the condition of callers that come from none of the sources.

    IAM requires all parts of a condition. A part matches a request without its key.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    parts = {
        "NotIpAddress": {"aws:SourceIp": source_ips, "aws:VpcSourceIp": vpc_source_ips},
        "StringNotEquals": {"aws:SourceVpce": vpc_endpoint_ids, "aws:SourceVpc": vpc_ids},
    }
    conditions = {
        operator: {key: list(values) for key, values in keys.items() if values}
        for operator, keys in parts.items()
    }
    return {operator: keys for operator, keys in conditions.items() if keys}


def _check_lists(**sources: object) -> Iterator[Finding]:
    """Yield a finding for each value that is not a list.

    The checks would use up an iterator, and a policy without sources is open.
    """
    for name, value in sources.items():
        if not _is_list(value):
            yield _create_policy_error(f"{name} is {value!r}, not a list", f"Write {name}=[...].")


def _is_list(value: object) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping)


def _list_items(value: Sequence[_Item]) -> Sequence[_Item]:
    """Return a list; an empty one for another value, which is reported."""
    return value if _is_list(value) else ()


def _check_principals(principals: object) -> Iterator[Finding]:
    is_list = isinstance(principals, list | tuple) and all(map(is_cdk_object, principals))
    if principals is not None and not is_list:
        yield _create_policy_error(
            f"principals is {principals!r}, not a list of IPrincipal",
            'Write principals=[AccountPrincipal("111122223333")].',
        )


def _create_statement(
    effect: Effect, principal: IPrincipal, conditions: Mapping[str, Any] | None = None
) -> PolicyStatement:
    return PolicyStatement(
        effect=effect,
        principals=[principal],
        actions=[_INVOKE],
        resources=[_ANY_METHOD],
        conditions=conditions,
    )


def _read_id(resource: object, attribute: str) -> str:
    return resource if isinstance(resource, str) else str(getattr(resource, attribute, resource))


def _check_ip_ranges(name: str, ranges: Sequence[str]) -> Iterator[Finding]:
    for text in _list_items(ranges):
        if not is_token(text) and (problem := _find_ip_range_problem(text)):
            yield _create_policy_error(
                f"{name} has {text!r}, which is no address or CIDR range: {problem}",
                "Write '203.0.113.7', '203.0.113.0/24' or '2001:db8::/32'.",
            )


def _find_ip_range_problem(text: object) -> str | None:
    if not isinstance(text, str):  # A number would be the address with this value.
        return f"{text!r} is not a text"
    try:
        ipaddress.ip_network(text)
    except ValueError as problem:
        return str(problem)
    return None


def _check_ids(
    name: str, ids: Sequence[str], shape: re.Pattern[str], example: str
) -> Iterator[Finding]:
    for identifier in ids:
        if not is_token(identifier) and not shape.fullmatch(identifier):
            yield _create_policy_error(
                f"{name} has {identifier!r}", f"Pass the construct, or its id as in {example!r}."
            )


def _create_empty_policy_error() -> Finding:
    return _create_policy_error(
        "principals is empty and no place is named, so that it says nothing",
        "Name places or principals, or leave the policy out.",
    )


def _create_policy_error(message: str, fix: str) -> Finding:
    return RESOURCE_POLICY_INVALID.at(_SUBJECT, message, fix=fix)


def _raise_for_findings(findings: Sequence[Finding]) -> None:
    if findings:
        raise create_validation_error("ResourcePolicy", findings)
