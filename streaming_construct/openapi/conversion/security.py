"""The security of an operation that API Gateway enforces.

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
from streaming_construct.openapi.conversion.cdk_safe_values import without_nulls
from streaming_construct.openapi.conversion.unknown_members import unknown_scheme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streaming_construct.openapi.conversion.conversion_report import Report
    from streaming_construct.openapi.reader.node import Node
    from streaming_construct.openapi.reader.operations import Operation

FUNCTION_CHECKS = "API Gateway does not apply it: the function must, or an authorizer added here"
ALTERNATIVES = "API Gateway applies one requirement, and any of several would do"
OPEN_TOO = "the operation may also be called without"

_AUTHTYPE = "x-amazon-apigateway-authtype"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-methods.html
_TYPES_WITH_SCOPES = (AuthorizerType.COGNITO.value, AuthorizerType.JWT.value)


def enforced_schemes(schemes: Mapping[str, Node], root: Node) -> dict[str, Node]:
    """The schemes of a document that API Gateway applies."""
    usage_plans = root.get("x-amazon-apigateway-api-key-source") is not None
    return {
        name: node for name, node in schemes.items() if _is_applied(node, usage_plans=usage_plans)
    }


def _is_applied(node: Node, *, usage_plans: bool) -> bool:
    """Return whether API Gateway applies a scheme; one that is not understood is kept, too."""
    if unknown_scheme(node):
        return True
    if node.text("type") != "apiKey" or node.text("name") is None:
        return False
    if (node.text("name") or "").lower() == "x-api-key" and node.text("in") == "header":
        return usage_plans
    if node.text(_AUTHTYPE) == "awsSigv4":
        return True
    authorizer = node.get(_AUTHORIZER)
    return authorizer is not None and isinstance(authorizer.value, dict)


def enforced_requirement(
    operation: Operation, applied: Mapping[str, Node], report: Report
) -> Mapping[str, list[str]] | None:
    """Return the requirement that API Gateway enforces for an operation; `None` without one.

    The scopes of a Cognito or JWT authorizer are kept. Omitted alternatives are reported by the
    names of their schemes.
    """
    alternatives = operation.security or ()
    known = [
        {
            name: scopes if _has_scopes(applied[name]) else ()
            for name, scopes in alternative.items()
            if name in applied
        }
        for alternative in alternatives
    ]
    where = str(operation.key)
    chosen = known[0] if known and all(alternative == known[0] for alternative in known) else {}
    for names, usable in zip(alternatives, known, strict=True):
        lost = [name for name in names if name not in chosen]
        if lost:
            why = FUNCTION_CHECKS
            if {} in alternatives:
                why = OPEN_TOO
            elif usable.keys() == names.keys():
                why = ALTERNATIVES
            report.add(
                where, f"security: {' and '.join(lost)}", why, [f"{operation.node}/security"]
            )
    return {name: list(scopes) for name, scopes in chosen.items()} if chosen else None


def _has_scopes(scheme: Node) -> bool:
    authorizer = scheme.get(_AUTHORIZER)
    kind = authorizer.text("type") if authorizer is not None else None
    return (kind or "").upper() in _TYPES_WITH_SCOPES or bool(unknown_scheme(scheme))


def format_scheme(node: Node) -> dict[str, object]:
    """A scheme as the document has it."""
    is_unknown = unknown_scheme(node)
    return {
        name: without_nulls(child.value, "", [])
        for name, child in node.items()
        if is_unknown or name in {"type", "name", "in", _AUTHTYPE, _AUTHORIZER}
    }
