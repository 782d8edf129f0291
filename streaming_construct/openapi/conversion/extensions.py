"""The members of a document that API Gateway interprets: its extensions and the operation names.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from streaming_construct.openapi.conversion.cdk_safe_values import is_safe_text, without_nulls

if TYPE_CHECKING:
    from streaming_construct.openapi.conversion.conversion_report import Report
    from streaming_construct.openapi.reader.node import Node
    from streaming_construct.openapi.reader.operations import Operation

NO_VALIDATOR = "the document defines no request validator of that name"
CONSTRUCT = "the construct writes it"
NO_SUCH_RESPONSE = "API Gateway has no gateway response of that type"

SETTINGS = "x-streaming-construct"
"""How an operation is served, for the construct to read."""
INTEGRATION = "x-amazon-apigateway-integration"

_PREFIX = "x-amazon-apigateway-"
_OF_ROOT = tuple(
    _PREFIX + name
    for name in (
        "api-key-source",
        "binary-media-types",
        "endpoint-access-mode",
        "endpoint-configuration",
        "gateway-responses",
        "importexport-version",
        "minimum-compression-size",
        "policy",
        "request-validator",
        "request-validators",
        "security-policy",
    )
)
_GATEWAY_RESPONSES = frozenset(
    [
        "ACCESS_DENIED",
        "API_CONFIGURATION_ERROR",
        "AUTHORIZER_CONFIGURATION_ERROR",
        "AUTHORIZER_FAILURE",
        "BAD_REQUEST_BODY",
        "BAD_REQUEST_PARAMETERS",
        "DEFAULT_4XX",
        "DEFAULT_5XX",
        "EXPIRED_TOKEN",
        "INTEGRATION_FAILURE",
        "INTEGRATION_TIMEOUT",
        "INVALID_API_KEY",
        "INVALID_SIGNATURE",
        "MISSING_AUTHENTICATION_TOKEN",
        "QUOTA_EXCEEDED",
        "REQUEST_TOO_LARGE",
        "RESOURCE_NOT_FOUND",
        "THROTTLED",
        "UNAUTHORIZED",
        "UNSUPPORTED_MEDIA_TYPE",
        "WAF_FILTERED",
    ]
)
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""


def kept_in_root(root: Node) -> dict[str, Any]:
    """The extensions of the whole document, as written but for nulls."""
    kept = {name: _plain(child.value) for name, child in root.items() if name in _OF_ROOT}
    responses = kept.get(_PREFIX + "gateway-responses")
    if isinstance(responses, Mapping):
        known = {name: value for name, value in responses.items() if name in _GATEWAY_RESPONSES}
        kept[_PREFIX + "gateway-responses"] = known
    if not is_validator(root, kept.get(_PREFIX + "request-validator")):
        kept.pop(_PREFIX + "request-validator", None)
    return kept


def report_root(root: Node, report: Report) -> None:
    """Note the extensions of the whole document that are left out."""
    for name, child in root.items():
        if name.startswith(_PREFIX) and name not in _OF_ROOT:
            report.add("#", name, "it has no effect on a REST API here", [str(child)])
    responses = root.get(_PREFIX + "gateway-responses")
    for name, child in responses.items() if responses else ():
        if name not in _GATEWAY_RESPONSES:
            report.add("#", f"gateway response {name}", NO_SUCH_RESPONSE, [str(child)])
    validator = root.get(_PREFIX + "request-validator")
    if validator is not None and not is_validator(root, validator.value):
        report.add("#", f"request validator {validator.value}", NO_VALIDATOR, [str(validator)])


def kept_in_operation(
    operation: Operation, root: Node, report: Report, *, documentation: bool
) -> dict[str, Any]:
    """Return the members of an operation that API Gateway interprets: its name and extensions.

    An integration is the caller's to write; `Operation.extensions` still has the original.
    """
    kept: dict[str, Any] = {}
    if operation.operation_id is not None and is_safe_text(operation.operation_id):
        kept["operationId"] = operation.operation_id
    if documentation:
        kept.update(_documentation(operation))
    auth = operation.node.get(_PREFIX + "auth")
    if auth is not None:
        kept[_PREFIX + "auth"] = _plain(auth.value)
    validator = operation.node.get(_PREFIX + "request-validator")
    if validator is not None and is_validator(root, validator.value):
        kept[_PREFIX + "request-validator"] = validator.value
    elif validator is not None:
        what = f"request validator {validator.value}"
        report.add(str(operation.key), what, NO_VALIDATOR, [str(validator)])
    if operation.node.get(INTEGRATION) is not None:
        pointer = f"{operation.node}/{INTEGRATION}"
        report.add(str(operation.key), INTEGRATION, CONSTRUCT, [pointer])
    return kept


def is_validator(root: Node, name: object) -> bool:
    """Whether the document defines a request validator of that name."""
    validators = root.get(_PREFIX + "request-validators")
    return validators is not None and isinstance(name, str) and validators.get(name) is not None


def _documentation(operation: Operation) -> dict[str, Any]:
    node = operation.node
    texts = {name: node.text(name) for name in ("summary", "description")}
    kept: dict[str, Any] = {
        name: text for name, text in texts.items() if text and is_safe_text(text)
    }
    tags = [tag for tag in operation.tags if is_safe_text(tag)]
    return {**kept, "tags": tags} if tags else kept


def _plain(value: Any) -> Any:
    return without_nulls(value, "", [])
