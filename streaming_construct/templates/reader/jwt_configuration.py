"""Reads what a JWT authorizer accepts, from CloudFormation or from an OpenAPI extension.

The two differ in the case of the first letter of each member.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-authorizer-jwtconfiguration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from streaming_construct.aws.jwt import JWT_CLAIM_FORMAT, is_known_jwt_algorithm
from streaming_construct.aws.unknown_values import format_value
from streaming_construct.model.jwt_configuration import JwtClaim, JwtConfiguration, JwtIssuer
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, to_string, to_strings
from streaming_construct.templates.stacks.unresolved import list_unresolved_reasons

_MEMBERS: Final = frozenset({"issuers", "defaultAlgorithms"})
# `jwksUri` is in a deployed authorizer. API Gateway sets it.
_ISSUER_MEMBERS: Final = frozenset({"issuer", "audiences", "additionalClaims", "jwksUri"})
_CLAIM_MEMBERS: Final = frozenset({"claimName", "format", "required", "expectedValues"})


def read_jwt_configuration(
    declared: object,
) -> tuple[JwtConfiguration | None, list[str], dict[str, str]]:
    """Return the configuration, why it has no value, and its elements that are not known.

    The effect of such an element on the authorization is not known.
    """
    if declared is None:
        return None, ["the value is missing"], {}
    if list(list_unresolved_reasons(declared)):
        return None, [], {}  # The caller has the reasons.
    members = _read_members(declared)
    unknown = _find_unknown_members("", members, _MEMBERS)
    issuers = []
    for entry in as_list(members.get("issuers")):
        issuer = _read_members(entry)
        unknown |= _find_unknown_members("issuers.", issuer, _ISSUER_MEMBERS)
        claims = [_read_members(claim) for claim in as_list(issuer.get("additionalClaims"))]
        for claim in claims:
            unknown |= _find_unknown_members("additionalClaims.", claim, _CLAIM_MEMBERS)
            claim_format = claim.get("format")
            if claim_format is not None and claim_format != JWT_CLAIM_FORMAT:
                unknown["JwtConfiguration.additionalClaims.format"] = format_value(claim_format)
        issuers.append(
            JwtIssuer(
                issuer=to_string(issuer.get("issuer") or ""),
                audiences=to_strings(issuer.get("audiences")),
                claims=tuple(map(_read_claim, claims)),
            )
        )
    algorithms = to_strings(members.get("defaultAlgorithms"))
    for algorithm in algorithms:
        if not is_known_jwt_algorithm(algorithm):
            unknown["JwtConfiguration.defaultAlgorithms"] = format_value(algorithm)
    return JwtConfiguration(issuers=tuple(issuers), algorithms=algorithms), [], unknown


def _read_claim(members: Mapping[str, Any]) -> JwtClaim:
    return JwtClaim(
        name=to_string(members.get("claimName") or ""),
        is_required=to_string(members.get("required", False)).lower() == "true",
        expected_values=to_strings(members.get("expectedValues")),
        format=to_string(members.get("format") or JWT_CLAIM_FORMAT),
    )


def _read_members(declared: object) -> dict[str, Any]:
    """Return the members of an object, each name with a small first letter."""
    return {name[:1].lower() + name[1:]: value for name, value in as_mapping(declared).items()}


def _find_unknown_members(
    prefix: str, members: Mapping[str, Any], known_names: frozenset[str]
) -> dict[str, str]:
    return {
        f"JwtConfiguration.{prefix}{name}": format_value(value)
        for name, value in members.items()
        if name not in known_names
    }
