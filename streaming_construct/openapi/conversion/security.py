"""Convert the security of an operation that API Gateway enforces.

API Gateway enforces a scheme of type `apiKey` with one of its extensions: an authorizer, or IAM
(`x-amazon-apigateway-authtype: awsSigv4`)
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html,
.../api-gateway-known-issues.html). It would silently ignore every other scheme. It would read one
named `x-api-key` as usage plan keys, and reject the keys of the function. The conversion omits and
reports both: the function checks them, or the user adds an authorizer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streaming_construct.model.authorization import AuthorizerType
from streaming_construct.openapi.conversion.cdk_safe_values import remove_nulls
from streaming_construct.openapi.conversion.unknown_members import (
    find_unknown_security_scheme_members,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streaming_construct.openapi.conversion.conversion_report import ConversionReport
    from streaming_construct.openapi.reader.node import Node
    from streaming_construct.openapi.reader.operations import Operation

NOT_ENFORCED = "API Gateway does not enforce it: check it in the function, or add an authorizer"
ALTERNATIVE_REQUIREMENTS = "API Gateway enforces one requirement, but the document has several"
OPTIONAL_SECURITY = "the document also allows requests without it"

_AUTHTYPE = "x-amazon-apigateway-authtype"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-methods.html
_TYPES_WITH_SCOPES = (AuthorizerType.COGNITO.value, AuthorizerType.JWT.value)


def find_enforced_schemes(schemes: Mapping[str, Node], root: Node) -> dict[str, Node]:
    """Return the schemes of a document that API Gateway enforces."""
    usage_plans = root.get("x-amazon-apigateway-api-key-source") is not None
    return {
        name: node for name, node in schemes.items() if _is_enforced(node, usage_plans=usage_plans)
    }


def _is_enforced(node: Node, *, usage_plans: bool) -> bool:
    """Return whether API Gateway enforces a scheme. An unknown scheme counts as enforced."""
    if find_unknown_security_scheme_members(node):
        return True
    if node.text("type") != "apiKey" or node.text("name") is None:
        return False
    if (node.text("name") or "").lower() == "x-api-key" and node.text("in") == "header":
        return usage_plans
    if node.text(_AUTHTYPE) == "awsSigv4":
        return True
    authorizer = node.get(_AUTHORIZER)
    return authorizer is not None and isinstance(authorizer.value, dict)


def convert_security(
    operation: Operation, enforced_schemes: Mapping[str, Node], report: ConversionReport
) -> Mapping[str, list[str]] | None:
    """Return the requirement that API Gateway enforces for an operation; `None` without one.

    The scopes of a Cognito or JWT authorizer are kept. Omitted alternatives are reported by the
    names of their schemes.
    """
    alternatives = operation.security or ()
    enforced = [
        {
            name: scopes if _has_scopes(enforced_schemes[name]) else ()
            for name, scopes in alternative.items()
            if name in enforced_schemes
        }
        for alternative in alternatives
    ]
    subject = str(operation.key)
    requirement = (
        enforced[0]
        if enforced and all(alternative == enforced[0] for alternative in enforced)
        else {}
    )
    for names, usable in zip(alternatives, enforced, strict=True):
        omitted = [name for name in names if name not in requirement]
        if omitted:
            reason = NOT_ENFORCED
            if {} in alternatives:
                reason = OPTIONAL_SECURITY
            elif usable.keys() == names.keys():
                reason = ALTERNATIVE_REQUIREMENTS
            report.add(
                subject,
                f"security: {' and '.join(omitted)}",
                reason,
                [f"{operation.node}/security"],
            )
    return {name: list(scopes) for name, scopes in requirement.items()} if requirement else None


def _has_scopes(scheme: Node) -> bool:
    authorizer = scheme.get(_AUTHORIZER)
    kind = authorizer.text("type") if authorizer is not None else None
    return (kind or "").upper() in _TYPES_WITH_SCOPES or bool(
        find_unknown_security_scheme_members(scheme)
    )


def copy_scheme(node: Node) -> dict[str, object]:
    """Return the members of a scheme that API Gateway reads, or all members if it is unknown."""
    is_unknown = find_unknown_security_scheme_members(node)
    return {
        name: remove_nulls(child.value, "", [])
        for name, child in node.items()
        if is_unknown or name in {"type", "name", "in", _AUTHTYPE, _AUTHORIZER}
    }
