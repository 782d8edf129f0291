"""Find the members of a document that this library does not know. They are kept as written."""

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
    find_unknown_authorizer_members,
    find_unknown_extensions,
    find_unknown_integration_members,
    find_unknown_operation_extensions,
    find_unknown_scheme_members,
    format_value,
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
    """A member with an unknown name or value.

    Attributes:
        subject: The operation (`GET /pets`), the security scheme, the path, or `#` for the
            document.
        name: The name of the member.
        value: Its value as text of bounded length.
        pointer: The JSON pointer of the object that has it.
    """

    subject: str
    name: str
    value: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.name} {self.value}"


def find_unknown_members(
    root: Node,
    schemes: Mapping[str, Node],
    operations: Iterable[Operation],
    path_members: Iterable[tuple[str, str, Node]],
) -> Iterator[UnknownMember]:
    """Yield the unknown members of a document.

    Args:
        root: The document.
        schemes: Its security schemes, by name.
        operations: Its operations.
        path_members: The unknown members of path items: path, name and value.
    """
    yield from _create_members("#", root, find_unknown_document_members(root))
    responses = root.get(_GATEWAY_RESPONSES)
    for name, node in responses.items() if responses else ():
        if name not in GATEWAY_RESPONSE_TYPES:
            yield from _create_members(
                "#", node, {f"gateway response {name}": format_value(node.value)}
            )
    for path, name, node in path_members:
        yield UnknownMember(
            subject=path, name=name, value=format_value(node.value), pointer=node.pointer
        )
    for name, node in schemes.items():
        yield from _create_members(
            f"security scheme {name}", node, find_unknown_security_scheme_members(node)
        )
    for operation in operations:
        subject = str(operation.key)
        members = {name: node.value for name, node in operation.node.items()}
        yield from _create_members(
            subject, operation.node, find_unknown_operation_extensions(members)
        )
        yield from _create_members(subject, operation.node, _find_unknown_auth_type(operation.node))
        if isinstance(integration := members.get(_INTEGRATION), dict):
            yield from _create_members(
                subject, operation.node, find_unknown_integration_members(integration)
            )


def find_unknown_document_members(root: Node) -> dict[str, str]:
    """Return the unknown extensions of a whole document, by name."""
    members = {name: node.value for name, node in root.items()}
    return find_unknown_extensions(members, DOCUMENT_EXTENSIONS | IGNORED_DOCUMENT_EXTENSIONS)


def find_unknown_security_scheme_members(node: Node) -> dict[str, str]:
    """Return the unknown members of a security scheme and of its authorizer, by name."""
    members = find_unknown_scheme_members({name: child.value for name, child in node.items()})
    authorizer = node.get(_AUTHORIZER)
    auth_type = node.text(_AUTHTYPE)
    if authorizer is not None and isinstance(authorizer.value, dict):
        members |= find_unknown_authorizer_members(authorizer.value)
    elif auth_type is not None and auth_type not in AUTH_TYPES:
        members[_AUTHTYPE] = format_value(auth_type)
    return members


def _find_unknown_auth_type(operation: Node) -> dict[str, str]:
    auth = operation.get(_AUTH)
    kind = auth.text("type") if auth is not None else None
    if kind is None or kind.upper() in METHOD_AUTHORIZATION_TYPES:
        return {}
    return {f"{_AUTH}.type": format_value(kind)}


def _create_members(
    subject: str, node: Node, members: Mapping[str, str]
) -> Iterator[UnknownMember]:
    for name, value in members.items():
        yield UnknownMember(subject=subject, name=name, value=value, pointer=node.pointer)


def format_unknown_members(members: Iterable[UnknownMember]) -> Iterator[str]:
    """Yield the list as lines for a terminal."""
    for number, member in enumerate(members):
        if not number:
            yield "not understood, and kept as written (check the spelling, or update):"
        yield f"  {member}"
