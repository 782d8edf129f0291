"""Reads what a JWT authorizer accepts, from CloudFormation or from an OpenAPI extension.

The two differ in the case of the first letter of each member.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-authorizer-jwtconfiguration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from streaming_construct.aws.jwt import JWT_CLAIM_FORMAT
from streaming_construct.model.jwt_configuration import JwtClaim, JwtConfiguration, JwtIssuer
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, to_string
from streaming_construct.templates.stacks.unresolved import Unresolved, unresolved_reasons

_MEMBERS: Final = frozenset({"issuers", "defaultAlgorithms"})
# `jwksUri` is in a deployed authorizer. API Gateway sets it.
_ISSUER_MEMBERS: Final = frozenset({"issuer", "audiences", "additionalClaims", "jwksUri"})
_CLAIM_MEMBERS: Final = frozenset({"claimName", "format", "required", "expectedValues"})


def read_jwt_configuration(declared: object) -> tuple[JwtConfiguration | None, list[str]]:
    """Return the configuration, and why parts of it are unknown.

    A member that is not part of a REST API's JWT authorizer is a reason, too: its effect on the
    authorization is unknown.
    """
    if declared is None:
        return None, ["it is missing"]
    if list(unresolved_reasons(declared)):
        return None, []  # The caller has the reasons.
    members = _members(declared)
    problems = _unknown_members("", members, _MEMBERS)
    issuers = []
    for entry in as_list(members.get("issuers")):
        issuer = _members(entry)
        problems += _unknown_members("issuers.", issuer, _ISSUER_MEMBERS)
        claims = [_members(claim) for claim in as_list(issuer.get("additionalClaims"))]
        for claim in claims:
            problems += _unknown_members("additionalClaims.", claim, _CLAIM_MEMBERS)
        issuers.append(
            JwtIssuer(
                issuer=to_string(issuer.get("issuer") or ""),
                audiences=_strings(issuer.get("audiences")),
                claims=tuple(map(_claim, claims)),
            )
        )
    algorithms = _strings(members.get("defaultAlgorithms"))
    return JwtConfiguration(issuers=tuple(issuers), algorithms=algorithms), problems


def _claim(members: Mapping[str, Any]) -> JwtClaim:
    return JwtClaim(
        name=to_string(members.get("claimName") or ""),
        is_required=to_string(members.get("required", False)).lower() == "true",
        expected_values=_strings(members.get("expectedValues")),
        format=to_string(members.get("format") or JWT_CLAIM_FORMAT),
    )


def _members(declared: object) -> dict[str, Any]:
    """Return the members of an object, each name with a small first letter."""
    return {name[:1].lower() + name[1:]: value for name, value in as_mapping(declared).items()}


def _unknown_members(
    place: str, members: Mapping[str, Any], supported: frozenset[str]
) -> list[str]:
    return [f"{place}{name} is not a member of it" for name in members if name not in supported]


def _strings(values: object) -> tuple[str, ...]:
    return tuple(to_string(value) for value in as_list(values) if not isinstance(value, Unresolved))
