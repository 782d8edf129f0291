"""The fix of gateway responses without CORS headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from streaming_construct.documents.syntax_tree import Node
from streaming_construct.documents.text_edits import TextEdit, add_path
from streaming_construct.lint.fixes.context import FixContext
from streaming_construct.lint.fixes.integration_node import SAM_API
from streaming_construct.model.declaration import Declaration
from streaming_construct.rules.rule import Finding

_ALLOW_ORIGIN: Final = "Access-Control-Allow-Origin"


def fix_gateway_responses(finding: Finding, context: FixContext) -> list[TextEdit]:
    """Let the gateway responses allow the origin that every preflight response allows."""
    declared = [
        declaration
        for declaration in context.declarations
        if context.is_at(finding, declaration.api.origin)
    ]
    origins = {value for declaration in declared for value in _list_allowed_origins(declaration)}
    if len(origins) != 1:
        return []
    (origin,) = origins
    if not any(node.value == origin for node in context.tree.root):
        return []  # a parameter or a function gives it
    path = _find_gateway_responses_path(finding, context)
    missing = [
        kind
        for kind in ("DEFAULT_4XX", "DEFAULT_5XX")
        if not any(
            _allow_origin(declaration.api.gateway_responses[kind].headers)
            for declaration in declared
            if kind in declaration.api.gateway_responses
        )
    ]
    if path is None or not missing:
        return []
    mapping, above, below = path
    if all(mapping.find_member(key) is None for key in above):
        # One edit adds both.
        value: object = {kind: _nest_value(below, origin) for kind in missing}
        return [add_path(context.tree, mapping, above, value)]
    return [add_path(context.tree, mapping, (*above, missing[0], *below), origin)]


def _find_gateway_responses_path(
    finding: Finding, context: FixContext
) -> tuple[Node, tuple[str, ...], tuple[str, ...]] | None:
    """Return a mapping, the path to the gateway responses in it, and the path below each."""
    tree, pointer = context.tree, finding.location.json_pointer
    below: tuple[str, ...] = ("ResponseParameters", "Headers", _ALLOW_ORIGIN)
    if len(pointer) == 2 and context.get_resource_type(pointer[1]) == SAM_API:
        properties = tree.find_node((*pointer, "Properties"))
        return (properties, ("GatewayResponses",), below) if properties else None
    body = tree.find_node((*pointer, "Properties", "Body")) if pointer else tree.root
    if body is None or body.find_member("paths") is None:
        return None
    below = ("responseParameters", f"gatewayresponse.header.{_ALLOW_ORIGIN}")
    return body, ("x-amazon-apigateway-gateway-responses",), below


def _nest_value(path: Sequence[str], value: object) -> object:
    for key in reversed(path):
        value = {key: value}
    return value


def _list_allowed_origins(declaration: Declaration) -> Iterator[str]:
    for route in declaration.api.routes:
        if route.method == "OPTIONS":
            for response in route.integration.responses.values():
                yield from _allow_origin(response.headers)
    for response in declaration.api.gateway_responses.values():
        yield from _allow_origin(response.headers)


def _allow_origin(headers: Mapping[str, str]) -> list[str]:
    return [value for name, value in headers.items() if name.lower() == _ALLOW_ORIGIN.lower()]
