"""Copy the members of a document that API Gateway interprets: extensions and operation ids.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streaming_construct.aws.known_values import (
    DOCUMENT_EXTENSIONS,
    EXTENSION_PREFIX,
    IGNORED_DOCUMENT_EXTENSIONS,
)
from streaming_construct.aws.unknown_values import find_unknown_operation_extensions
from streaming_construct.openapi.conversion.cdk_safe_values import is_safe_text, remove_nulls
from streaming_construct.openapi.conversion.unknown_members import find_unknown_document_members

if TYPE_CHECKING:
    from streaming_construct.openapi.conversion.conversion_report import ConversionReport
    from streaming_construct.openapi.reader.node import Node
    from streaming_construct.openapi.reader.operations import Operation

UNDEFINED_VALIDATOR = "the document defines no request validator with this name"
WRITTEN_BY_CONSTRUCT = "the construct writes it"

# The construct reads from it how to serve an operation.
STREAMING_EXTENSION = "x-streaming-construct"
INTEGRATION_EXTENSION = "x-amazon-apigateway-integration"

_PREFIX = EXTENSION_PREFIX


def copy_root_extensions(root: Node) -> dict[str, Any]:
    """Return the extensions of the whole document, without nulls."""
    names = DOCUMENT_EXTENSIONS | find_unknown_document_members(root).keys()
    extensions = {
        name: _copy_without_nulls(child.value) for name, child in root.items() if name in names
    }
    if not has_request_validator(root, extensions.get(_PREFIX + "request-validator")):
        extensions.pop(_PREFIX + "request-validator", None)
    return extensions


def report_root_extensions(root: Node, report: ConversionReport) -> None:
    """Report the extensions of the whole document that are omitted."""
    for name, child in root.items():
        if name in IGNORED_DOCUMENT_EXTENSIONS:
            report.add("#", name, "no effect on a REST API here", [str(child)])
    validator = root.get(_PREFIX + "request-validator")
    if validator is not None and not has_request_validator(root, validator.value):
        report.add(
            "#", f"request validator {validator.value}", UNDEFINED_VALIDATOR, [str(validator)]
        )


def copy_operation_members(
    operation: Operation, root: Node, report: ConversionReport, *, documentation: bool
) -> dict[str, Any]:
    """Return the members of an operation that API Gateway interprets: its name and extensions.

    The caller writes the integration; `Operation.extensions` still has the original.
    """
    copied: dict[str, Any] = {}
    if operation.operation_id is not None and is_safe_text(operation.operation_id):
        copied["operationId"] = operation.operation_id
    if documentation:
        copied.update(_copy_documentation(operation))
    auth = operation.node.get(_PREFIX + "auth")
    if auth is not None:
        copied[_PREFIX + "auth"] = _copy_without_nulls(auth.value)
    members = {name: node.value for name, node in operation.node.items()}
    for name in find_unknown_operation_extensions(members):
        copied[name] = _copy_without_nulls(members[name])
    validator = operation.node.get(_PREFIX + "request-validator")
    if validator is not None and has_request_validator(root, validator.value):
        copied[_PREFIX + "request-validator"] = validator.value
    elif validator is not None:
        element = f"request validator {validator.value}"
        report.add(str(operation.key), element, UNDEFINED_VALIDATOR, [str(validator)])
    if operation.node.get(INTEGRATION_EXTENSION) is not None:
        pointer = f"{operation.node}/{INTEGRATION_EXTENSION}"
        report.add(str(operation.key), INTEGRATION_EXTENSION, WRITTEN_BY_CONSTRUCT, [pointer])
    return copied


def has_request_validator(root: Node, name: object) -> bool:
    """Return whether the document defines a request validator with this name."""
    validators = root.get(_PREFIX + "request-validators")
    return validators is not None and isinstance(name, str) and validators.get(name) is not None


def _copy_documentation(operation: Operation) -> dict[str, Any]:
    node = operation.node
    texts = {name: node.text(name) for name in ("summary", "description")}
    documentation: dict[str, Any] = {
        name: text for name, text in texts.items() if text and is_safe_text(text)
    }
    tags = [tag for tag in operation.tags if is_safe_text(tag)]
    return {**documentation, "tags": tags} if tags else documentation


def _copy_without_nulls(value: Any) -> Any:
    return remove_nulls(value, "", [])
