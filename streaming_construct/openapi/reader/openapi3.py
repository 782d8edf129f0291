"""The operations of an OpenAPI 3.0, 3.1 or 3.2 document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streaming_construct.openapi.reader.operations import (
    Body,
    Operation,
    OperationKey,
    Parameter,
    Response,
    dereference_or_record,
    read_security,
)
from streaming_construct.openapi.reader.parameters import read_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streaming_construct.openapi.reader.node import DocumentSet, Node


def read_operation(
    documents: DocumentSet, key: OperationKey, node: Node, shared: list[Node]
) -> Operation:
    """Read an operation. `shared` has the parameters of its path item."""
    unresolved: list[Node] = []
    request = node.get("requestBody")
    request = dereference_or_record(documents, request, unresolved) if request else None
    return Operation(
        key=key,
        node=node,
        parameters=read_parameters(documents, node, shared, unresolved, _read_parameter),
        is_body_required=request is not None and request.flag("required"),
        bodies=tuple(_read_bodies(documents, request)),
        responses=tuple(_read_responses(documents, node.get("responses"), unresolved)),
        security=read_security(documents, node),
        unresolved=tuple(unresolved),
    )


def read_security_schemes(documents: DocumentSet) -> dict[str, Node]:
    """Return the security schemes by name."""
    components = documents.root.get("components")
    schemes = components.get("securitySchemes") if components else None
    resolved = (
        {name: documents.dereference(node) for name, node in schemes.items()} if schemes else {}
    )
    return {name: node for name, node in resolved.items() if node is not None}


def _read_parameter(documents: DocumentSet, node: Node) -> Parameter | None:
    name, location = node.text("name"), node.text("in")
    if name is None or location is None:
        return None
    return Parameter(
        name=name,
        location=location,
        required=node.flag("required"),
        node=node,
        schema=documents.dereference(node.get("schema")),
    )


def _read_bodies(documents: DocumentSet, node: Node | None) -> Iterator[Body]:
    content = node.get("content") if node else None
    for media_type, declared in content.items() if content else ():
        media = documents.dereference(declared) or declared
        yield Body(
            media_type=media_type,
            schema=media.get("schema"),
            has_item_schema=media.get("itemSchema") is not None,
        )


def _read_responses(
    documents: DocumentSet, node: Node | None, unresolved: list[Node]
) -> Iterator[Response]:
    for status, element in node.items() if node else ():
        response = dereference_or_record(documents, element, unresolved)
        if response is None or status.startswith("x-"):
            continue
        headers = response.get("headers")
        yield Response(
            status=status,
            node=response,
            headers=tuple(name for name, _ in headers.items()) if headers else (),
            bodies=tuple(_read_bodies(documents, response)),
        )
