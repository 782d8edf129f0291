"""The operations of a document, in a form that does not depend on its OpenAPI version.

An `Operation` has the original values with their locations. Its references are resolved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from streaming_construct.aws.known_values import EXTENSION_PREFIX, PATH_ITEM_MEMBERS
from streaming_construct.aws.rest_paths import ANY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streaming_construct.openapi.reader.node import DocumentSet, Node

# The methods that both OpenAPI and API Gateway have (PutMethod adds `ANY`).
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
ANY_METHOD = "x-amazon-apigateway-any-method"
# The methods of a path item that API Gateway does not have.
UNSUPPORTED_METHODS = ("trace", "query", "connect")


class OperationKey(NamedTuple):
    """An operation: its method in capitals (or `ANY`) and its path."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter; `schema` is the node that holds its type (a 2.0 parameter itself)."""

    name: str
    location: str
    required: bool
    node: Node
    schema: Node | None


@dataclass(frozen=True, kw_only=True)
class Body:
    """One media type of a request or a response.

    `has_item_schema` is true for a sequence whose items the document describes (OpenAPI 3.2).
    """

    media_type: str
    schema: Node | None
    has_item_schema: bool = False


@dataclass(frozen=True, kw_only=True)
class Response:
    """A response with its status code as written (`200`, `2XX`, `default`)."""

    status: str
    node: Node
    headers: tuple[str, ...] = ()
    bodies: tuple[Body, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the original document.

    `security` are alternatives: each maps the schemes that it requires together to their scopes.
    `None` means that the operation does not define it. `unresolved` are the places of references
    without a target.
    """

    key: OperationKey
    node: Node
    parameters: tuple[Parameter, ...] = ()
    is_body_required: bool = False
    bodies: tuple[Body, ...] = ()
    responses: tuple[Response, ...] = ()
    security: tuple[Mapping[str, tuple[str, ...]], ...] | None = None
    unresolved: tuple[Node, ...] = ()

    @property
    def operation_id(self) -> str | None:
        """The `operationId`, as written."""
        return self.node.text("operationId")

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags, as written."""
        tags = self.node.get("tags")
        values = [tag.value for tag in tags.elements()] if tags else []
        return tuple(tag for tag in values if isinstance(tag, str))

    @property
    def extensions(self) -> Mapping[str, Any]:
        """Its own `x-` members, as written."""
        return {name: node.value for name, node in self.node.items() if name.startswith("x-")}


@dataclass
class PathItems:
    """The content of the path items of a document.

    Attributes:
        operations: The operations, each with its node and the parameters of its path item.
        unsupported: The operations whose method API Gateway does not have.
        unresolved: The path items that are references without a target.
        unknown: The members that this library does not know: path, name and node.
    """

    operations: list[tuple[OperationKey, Node, list[Node]]] = field(default_factory=list)
    unsupported: list[tuple[OperationKey, Node]] = field(default_factory=list)
    unresolved: list[Node] = field(default_factory=list)
    unknown: list[tuple[str, str, Node]] = field(default_factory=list)


def read_path_items(documents: DocumentSet) -> PathItems:
    """Read the path items of `paths`.

    A path item may be a reference with other members beside it, which take precedence.
    """
    items = PathItems()
    paths = documents.root.get("paths")
    for path, item in paths.items() if paths else ():
        if path.startswith("x-"):
            continue
        target = documents.dereference(item)
        if target is None:
            items.unresolved.append(item)
        members = {**dict(target.items() if target else ()), **dict(item.items())}
        shared = members.get("parameters")
        parameters = list(shared.elements()) if shared else []
        for name, node in members.items():
            _add_member(items, name.lower(), path, node, parameters)
        additional = members.get("additionalOperations")
        for name, node in additional.items() if additional else ():
            if name.lower() in METHODS:
                _add_member(items, name.lower(), path, node, parameters)
            else:
                items.unsupported.append((OperationKey(name, path), node))
    return items


def _add_member(items: PathItems, name: str, path: str, node: Node, parameters: list[Node]) -> None:
    if name in METHODS:
        items.operations.append((OperationKey(name.upper(), path), node, parameters))
    elif name == ANY_METHOD:
        items.operations.append((OperationKey(ANY, path), node, parameters))
    elif name in UNSUPPORTED_METHODS:
        items.unsupported.append((OperationKey(name.upper(), path), node))
    elif name.startswith(EXTENSION_PREFIX) or not (
        name in PATH_ITEM_MEMBERS or name.startswith("x-")
    ):
        items.unknown.append((path, name, node))


def dereference_or_record(
    documents: DocumentSet, node: Node, unresolved: list[Node]
) -> Node | None:
    """Return the target of a node's references; without one, add the node to `unresolved`."""
    target = documents.dereference(node)
    if target is None:
        unresolved.append(node)
    return target


def read_security(
    documents: DocumentSet, operation: Node
) -> tuple[Mapping[str, tuple[str, ...]], ...] | None:
    """Return the alternatives of an operation's `security`, else of the document's."""
    declared = operation.get("security")
    node = declared if declared is not None else documents.root.get("security")
    if node is None or not isinstance(node.value, list | tuple):
        return None
    return tuple(
        {name: _read_scopes(scopes.value) for name, scopes in alternative.items()}
        for alternative in node.elements()
    )


def _read_scopes(value: object) -> tuple[str, ...]:
    scopes = value if isinstance(value, list | tuple) else ()
    return tuple(scope for scope in scopes if isinstance(scope, str))
