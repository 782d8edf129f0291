"""Report the members that the import ignores, one line for each kind."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from streaming_construct.openapi.conversion.extensions import (
    STREAMING_EXTENSION,
    report_root_extensions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streaming_construct.openapi.conversion.conversion_report import ConversionReport
    from streaming_construct.openapi.reader.node import Node
    from streaming_construct.openapi.reader.operations import Operation

NOT_IMPORTED = "the import ignores it"

CONFIGURED_ELSEWHERE = "the stage or the custom domain defines the address of a REST API"

_OPERATION_MEMBERS = ("callbacks", "deprecated", "externalDocs", "servers", "schemes")
_DOCUMENTATION_MEMBERS = ("summary", "description", "tags")
_PARAMETER_MEMBERS = ("description", "example", "examples")
_ROOT_MEMBERS = ("externalDocs", "jsonSchemaDialect", "tags", "webhooks")
_ADDRESS_MEMBERS = ("servers", "host", "basePath", "schemes")


def report_ignored_members(
    root: Node,
    operations: Iterable[Operation],
    annotations: Mapping[str, int],
    report: ConversionReport,
    *,
    documentation: bool,
) -> None:
    """Report the members of the document, its operations and its schemas that are not imported.

    Args:
        root: The document.
        operations: Its operations.
        annotations: The number of uses of each schema keyword that constrains nothing.
        report: The report to add to.
        documentation: Whether the documentation of operations was kept.
    """
    for name in _ADDRESS_MEMBERS:
        if root.get(name) is not None:
            report.add("#", name, CONFIGURED_ELSEWHERE, [f"#/{name}"])
    for name in _ROOT_MEMBERS:
        if root.get(name) is not None:
            report.add("#", name, NOT_IMPORTED, [f"#/{name}"])
    counts = Counter(annotations)
    for operation in operations:
        counts.update(_find_ignored_members(operation, documentation=documentation))
    for name, count in sorted(counts.items()):
        report.add("#", f"{name} ({count:,})", NOT_IMPORTED)
    report_root_extensions(root, report)


def _find_ignored_members(operation: Operation, *, documentation: bool) -> Iterable[str]:
    """Yield the members of an operation, its parameters and responses that the import ignores."""
    names = _OPERATION_MEMBERS if documentation else (*_OPERATION_MEMBERS, *_DOCUMENTATION_MEMBERS)
    members = operation.node.names()
    yield from (name for name in members if name in names or _is_foreign_extension(name))
    for parameter in operation.parameters:
        yield from (name for name in parameter.node.names() if name in _PARAMETER_MEMBERS)
    for response in operation.responses:
        yield from (name for name in response.node.names() if name == "links")
        yield from ("itemSchema" for body in response.bodies if body.has_item_schema)


def _is_foreign_extension(name: str) -> bool:
    is_extension = name.startswith("x-amazon-apigateway-") or name == STREAMING_EXTENSION
    return name.startswith("x-") and not is_extension
