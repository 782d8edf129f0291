"""The members of a document that this library does not know: kept as written, and listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streaming_construct.aws.known_values import (
    AUTH_TYPES,
    DOCUMENT_EXTENSIONS,
    GATEWAY_RESPONSE_TYPES,
    IGNORED_DOCUMENT_EXTENSIONS,
    METHOD_AUTHORIZATION_TYPES,
)
from streaming_construct.aws.unknown_values import (
    unknown_authorizer_members,
    unknown_extensions,
    unknown_integration_members,
    unknown_operation_extensions,
    unknown_scheme_members,
    value_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streaming_construct.openapi.reader.node import Node
    from streaming_construct.openapi.reader.operations import Operation

_AUTH = "x-amazon-apigateway-auth"
_AUTHTYPE = "x-amazon-apigateway-authtype"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_INTEGRATION = "x-amazon-apigateway-integration"
_GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"


@dataclass(frozen=True, kw_only=True)
class UnknownMember:
    """A member that is not known, or whose value is not.

    Attributes:
        where: The operation (`GET /pets`), the security scheme, the path, or `#` for the document.
        name: The name of the member.
        value: Its value as text of bounded length.
        pointer: The JSON pointer of the object that has it.
    """

    where: str
    name: str
    value: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.where}: {self.name} {self.value}"


def unknown_members(
    root: Node,
    schemes: Mapping[str, Node],
    operations: Iterable[Operation],
    path_members: Iterable[tuple[str, str, Node]],
) -> Iterator[UnknownMember]:
    """Yield the members of a document that are not known.

    Args:
        root: The document.
        schemes: Its security schemes, by name.
        operations: Its operations.
        path_members: The members of path items that are not known: path, name and value.
    """
    yield from _of("#", root, unknown_document_members(root))
    responses = root.get(_GATEWAY_RESPONSES)
    for name, node in responses.items() if responses else ():
        if name not in GATEWAY_RESPONSE_TYPES:
            yield from _of("#", node, {f"gateway response {name}": value_text(node.value)})
    for path, name, node in path_members:
        yield UnknownMember(
            where=path, name=name, value=value_text(node.value), pointer=node.pointer
        )
    for name, node in schemes.items():
        yield from _of(f"security scheme {name}", node, unknown_scheme(node))
    for operation in operations:
        where = str(operation.key)
        members = {name: node.value for name, node in operation.node.items()}
        yield from _of(where, operation.node, unknown_operation_extensions(members))
        yield from _of(where, operation.node, _unknown_auth(operation.node))
        if isinstance(integration := members.get(_INTEGRATION), dict):
            yield from _of(where, operation.node, unknown_integration_members(integration))


def unknown_document_members(root: Node) -> dict[str, str]:
    """Return the extensions of a whole document that are not known."""
    members = {name: node.value for name, node in root.items()}
    return unknown_extensions(members, DOCUMENT_EXTENSIONS | IGNORED_DOCUMENT_EXTENSIONS)


def unknown_scheme(node: Node) -> dict[str, str]:
    """Return the members of a security scheme and its authorizer that are not known."""
    found = unknown_scheme_members({name: child.value for name, child in node.items()})
    authorizer = node.get(_AUTHORIZER)
    auth_type = node.text(_AUTHTYPE)
    if authorizer is not None and isinstance(authorizer.value, dict):
        found |= unknown_authorizer_members(authorizer.value)
    elif auth_type is not None and auth_type not in AUTH_TYPES:
        found[_AUTHTYPE] = value_text(auth_type)
    return found


def _unknown_auth(operation: Node) -> dict[str, str]:
    auth = operation.get(_AUTH)
    kind = auth.text("type") if auth is not None else None
    if kind is None or kind.upper() in METHOD_AUTHORIZATION_TYPES:
        return {}
    return {f"{_AUTH}.type": value_text(kind)}


def _of(where: str, node: Node, found: Mapping[str, str]) -> Iterator[UnknownMember]:
    for name, value in found.items():
        yield UnknownMember(where=where, name=name, value=value, pointer=node.pointer)


def format_unknown(members: Iterable[UnknownMember]) -> Iterator[str]:
    """Return the list as lines for a terminal."""
    for number, member in enumerate(members):
        if not number:
            yield "not understood, and kept as written (check the spelling, or update):"
        yield f"  {member}"
