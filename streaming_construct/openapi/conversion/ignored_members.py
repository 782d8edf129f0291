"""The members that the import ignores, reported in one line for each kind."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from streaming_construct.openapi.conversion.extensions import SETTINGS, report_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streaming_construct.openapi.conversion.conversion_report import Report
    from streaming_construct.openapi.reader.node import Node
    from streaming_construct.openapi.reader.operations import Operation

NO_USE = "the import has no use for it"
UNUSED = "no operation uses it"
CONFIGURED_ELSEWHERE = "a REST API has its address from its stage or its custom domain"

_OF_OPERATION = ("callbacks", "deprecated", "externalDocs", "servers", "schemes")
_DOCUMENTATION = ("summary", "description", "tags")
_OF_PARAMETER = ("description", "example", "examples")
_OF_ROOT = ("externalDocs", "jsonSchemaDialect", "tags", "webhooks")
_ADDRESSES = ("servers", "host", "basePath", "schemes")


def report_ignored_members(
    root: Node,
    operations: Iterable[Operation],
    annotations: Mapping[str, int],
    report: Report,
    *,
    documentation: bool,
) -> None:
    """Note what of the document, its operations and its schemas has no counterpart.

    Args:
        root: The document.
        operations: Its operations.
        annotations: How often schemas used which keyword that constrains nothing.
        report: Takes the notes.
        documentation: Whether the documentation of operations was kept.
    """
    for name in _ADDRESSES:
        if root.get(name) is not None:
            report.add("#", name, CONFIGURED_ELSEWHERE, [f"#/{name}"])
    for name in _OF_ROOT:
        if root.get(name) is not None:
            report.add("#", name, NO_USE, [f"#/{name}"])
    counts = Counter(annotations)
    for operation in operations:
        counts.update(_of_operation(operation, documentation=documentation))
    for name, count in sorted(counts.items()):
        report.add("#", f"{name} ({count:,})", NO_USE)
    report_root(root, report)


def _of_operation(operation: Operation, *, documentation: bool) -> Iterable[str]:
    """The members of an operation, its parameters and responses that say nothing to the import."""
    names = _OF_OPERATION if documentation else (*_OF_OPERATION, *_DOCUMENTATION)
    members = operation.node.names()
    yield from (name for name in members if name in names or _is_foreign(name))
    for parameter in operation.parameters:
        yield from (name for name in parameter.node.names() if name in _OF_PARAMETER)
    for response in operation.responses:
        yield from (name for name in response.node.names() if name == "links")
        yield from ("itemSchema" for body in response.bodies if body.has_item_schema)


def _is_foreign(name: str) -> bool:
    is_extension = name.startswith("x-amazon-apigateway-") or name == SETTINGS
    return name.startswith("x-") and not is_extension
