"""The members of a document that API Gateway interprets: its extensions and the operation names.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streaming_construct.aws.known_values import (
    DOCUMENT_EXTENSIONS,
    EXTENSION_PREFIX,
    IGNORED_DOCUMENT_EXTENSIONS,
)
from streaming_construct.aws.unknown_values import unknown_operation_extensions
from streaming_construct.openapi.conversion.cdk_safe_values import is_safe_text, without_nulls
from streaming_construct.openapi.conversion.unknown_members import unknown_document_members

if TYPE_CHECKING:
    from streaming_construct.openapi.conversion.conversion_report import Report
    from streaming_construct.openapi.reader.node import Node
    from streaming_construct.openapi.reader.operations import Operation

NO_VALIDATOR = "the document defines no request validator of that name"
CONSTRUCT = "the construct writes it"

SETTINGS = "x-streaming-construct"
"""How an operation is served, for the construct to read."""
INTEGRATION = "x-amazon-apigateway-integration"

_PREFIX = EXTENSION_PREFIX


def kept_in_root(root: Node) -> dict[str, Any]:
    """The extensions of the whole document, as written but for nulls."""
    names = DOCUMENT_EXTENSIONS | unknown_document_members(root).keys()
    kept = {name: _plain(child.value) for name, child in root.items() if name in names}
    if not is_validator(root, kept.get(_PREFIX + "request-validator")):
        kept.pop(_PREFIX + "request-validator", None)
    return kept


def report_root(root: Node, report: Report) -> None:
    """Note the extensions of the whole document that are left out."""
    for name, child in root.items():
        if name in IGNORED_DOCUMENT_EXTENSIONS:
            report.add("#", name, "it has no effect on a REST API here", [str(child)])
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
    members = {name: node.value for name, node in operation.node.items()}
    for name in unknown_operation_extensions(members):
        kept[name] = _plain(members[name])
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
