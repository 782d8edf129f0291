"""IAM policies as Lambda authorizers and simple resource policies are: may a method be called?

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

from streaming_construct.aws.policy_patterns import is_matching_pattern

_INVOKE: Final = "execute-api:invoke"
_MEMBERS: Final = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"})
_OF_RESOURCE_POLICIES: Final = frozenset({"Principal", "Condition"})
_ANY_PRINCIPAL: Final = ("*", {"AWS": "*"}, {"AWS": ["*"]})


class PolicyError(ValueError):
    """A policy that this module cannot evaluate; the message names the error."""


class PolicyDecision(Enum):
    """The effect of a policy on a method; a denial overrides every allowance."""

    ALLOWED = "allowed"
    DENIED = "denied"
    NOT_MENTIONED = "not mentioned"


def evaluate_policy(policy: object, arn: str, *, source_ip: str | None = None) -> PolicyDecision:
    """Evaluate a policy document for the invocation of a method.

    `*` in a resource stands for any characters, slashes too, `?` for one. With the `source_ip` of
    the caller it may be a resource policy for all principals, with conditions on that address.

    Raises:
        PolicyError: This module cannot evaluate the document.
    """
    effects = {effect for effect, applies in _list_statements(policy, arn, source_ip) if applies}
    if "Deny" in effects:
        return PolicyDecision.DENIED
    return PolicyDecision.ALLOWED if "Allow" in effects else PolicyDecision.NOT_MENTIONED


def _list_statements(policy: object, arn: str, source_ip: str | None) -> Iterator[tuple[str, bool]]:
    """Yield each statement's effect, and whether it applies."""
    if not isinstance(policy, Mapping):
        raise PolicyError(f"policyDocument is not an object but {policy!r}")
    statements = policy.get("Statement")
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, Mapping):
            raise PolicyError(f"a Statement is not an object but {statement!r}")
        members = _MEMBERS if source_ip is None else _MEMBERS | _OF_RESOURCE_POLICIES
        if unknown := sorted(statement.keys() - members):
            raise PolicyError(f"a Statement has {', '.join(unknown)}, which is not evaluated here")
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise PolicyError(f"Effect is Allow or Deny, not {statement.get('Effect')!r}")
        applies = _is_applying(statement, "Action", _INVOKE, fold=True)
        applies = _is_applying(statement, "Resource", arn) and applies
        if source_ip is not None:
            applies = _is_meeting_conditions(statement, source_ip) and applies
        yield statement["Effect"], applies


def _is_meeting_conditions(statement: Mapping[str, Any], source_ip: str) -> bool:
    """Return whether a statement of a resource policy applies to a caller from this address."""
    if statement.get("Principal") not in _ANY_PRINCIPAL:
        raise PolicyError(f"only IAM knows the Principal {statement.get('Principal')}")
    is_met = True
    for operator, keys in (statement.get("Condition") or {}).items():
        names = {str(key).lower() for key in keys}
        if operator not in ("IpAddress", "NotIpAddress") or names != {"aws:sourceip"}:
            raise PolicyError(f"the Condition {operator} {', '.join(keys)} is not evaluated here")
        is_inside = _is_within(source_ip, next(iter(keys.values())))
        is_met = is_met and is_inside is (operator == "IpAddress")
    return is_met


def _is_within(address: str, ranges: object) -> bool:
    source_ranges = ranges if isinstance(ranges, list) else [ranges]
    try:
        networks = [
            ipaddress.ip_network(str(listed_network), strict=False)
            for listed_network in source_ranges
        ]
    except ValueError as error:
        raise PolicyError(f"an address of the Condition is not valid: {error}") from error
    return any(ipaddress.ip_address(address) in network for network in networks)


def _is_applying(
    statement: Mapping[str, Any], member: str, target: str, *, fold: bool = False
) -> bool:
    members = [key for key in (member, f"Not{member}") if key in statement]
    if len(members) != 1:
        raise PolicyError(f"a Statement has either {member} or Not{member}")
    value = statement[members[0]]
    patterns = value if isinstance(value, list) else [value]
    if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        raise PolicyError(f"{members[0]} is not a string or a list of them but {value!r}")
    matched = any(
        is_matching_pattern(pattern.lower() if fold else pattern, target) for pattern in patterns
    )
    return matched is (members[0] == member)
