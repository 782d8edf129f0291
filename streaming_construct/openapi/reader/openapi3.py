"""The operations of an OpenAPI 3.0, 3.1 or 3.2 document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streaming_construct.openapi.reader.operations import (
    Body,
    Operation,
    OperationKey,
    Parameter,
    Response,
    dereference,
    merge_parameters,
    security,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streaming_construct.openapi.reader.node import DocumentSet, Node


def read_operation(
    library: DocumentSet, key: OperationKey, node: Node, shared: list[Node]
) -> Operation:
    """Read an operation; `shared` are the parameters of its path item."""
    unresolved: list[Node] = []
    request = node.get("requestBody")
    request = dereference(library, request, unresolved) if request else None
    declared = node.get("security")
    return Operation(
        key=key,
        node=node,
        parameters=merge_parameters(
            list(_parameters(library, node.get("parameters"), unresolved)),
            [parameter for item in shared for parameter in _parameter(library, item, unresolved)],
        ),
        body_required=request is not None and request.flag("required"),
        bodies=tuple(_bodies(library, request)),
        responses=tuple(_responses(library, node.get("responses"), unresolved)),
        security=security(declared if declared is not None else library.root.get("security")),
        unresolved=tuple(unresolved),
    )


def security_schemes(library: DocumentSet) -> dict[str, Node]:
    """The security schemes by name."""
    components = library.root.get("components")
    schemes = components.get("securitySchemes") if components else None
    resolved = (
        {name: library.dereference(node) for name, node in schemes.items()} if schemes else {}
    )
    return {name: node for name, node in resolved.items() if node is not None}


def _parameters(
    library: DocumentSet, node: Node | None, unresolved: list[Node]
) -> Iterator[Parameter]:
    for element in node.elements() if node else ():
        yield from _parameter(library, element, unresolved)


def _parameter(library: DocumentSet, element: Node, unresolved: list[Node]) -> Iterator[Parameter]:
    node = dereference(library, element, unresolved)
    if node is None:
        return
    name, location = node.text("name"), node.text("in")
    if name is None or location is None:
        unresolved.append(element)
        return
    yield Parameter(
        name=name,
        location=location,
        required=node.flag("required"),
        node=node,
        schema=library.dereference(node.get("schema")),
    )


def _bodies(library: DocumentSet, node: Node | None) -> Iterator[Body]:
    content = node.get("content") if node else None
    for media_type, declared in content.items() if content else ():
        media = library.dereference(declared) or declared
        yield Body(
            media_type=media_type,
            schema=media.get("schema"),
            has_item_schema=media.get("itemSchema") is not None,
        )


def _responses(
    library: DocumentSet, node: Node | None, unresolved: list[Node]
) -> Iterator[Response]:
    for status, element in node.items() if node else ():
        response = dereference(library, element, unresolved)
        if response is None or status.startswith("x-"):
            continue
        headers = response.get("headers")
        yield Response(
            status=status,
            node=response,
            headers=tuple(name for name, _ in headers.items()) if headers else (),
            bodies=tuple(_bodies(library, response)),
        )
