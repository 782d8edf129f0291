"""The integration of a route in the text: in a document, a method resource or a SAM event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from streaming_construct.documents.syntax_tree import Node, NodeKind, SyntaxTree
from streaming_construct.documents.text_edits import EditError, TextEdit, add_member
from streaming_construct.lint.fixes.context import FixContext
from streaming_construct.rules.rule import Finding

_INTEGRATION: Final = "x-amazon-apigateway-integration"
SAM_API: Final = "AWS::Serverless::Api"


@dataclass(frozen=True, kw_only=True)
class IntegrationNode:
    """An integration in the text: its mapping, and the names that its members have there.

    `names` maps the names of `x-amazon-apigateway-integration`. A SAM event lacks some of them.
    """

    tree: SyntaxTree
    pointer: tuple[str, ...]
    mapping: Node
    names: Mapping[str, str]

    def has(self, name: str) -> bool:
        """Return whether the text has a member, by its name in OpenAPI."""
        return any(key.value == self.names.get(name) for key, _ in self.mapping.members)

    def find_value(self, name: str) -> Node | None:
        """Return the value of a member; None if it is absent, or belongs to other places too."""
        if not self.has(name):
            return None
        return self.tree.find_node((*self.pointer, self.names[name]))

    def add(self, name: str, value: object) -> TextEdit:
        """Return the edit that adds a member.

        Raises:
            EditError: The member is there, or the mapping cannot be extended or has no such member.
        """
        if name not in self.names:
            raise EditError(f"a SAM event has no {name}")
        return add_member(self.tree, self.mapping, self.names[name], value)


_OPENAPI_NAMES: Final = {
    name: name for name in ("responseTransferMode", "uri", "httpMethod", "timeoutInMillis")
}
_METHOD_NAMES: Final = {
    "responseTransferMode": "ResponseTransferMode",
    "uri": "Uri",
    "httpMethod": "IntegrationHttpMethod",
    "timeoutInMillis": "TimeoutInMillis",
}
_EVENT_NAMES: Final = {
    "responseTransferMode": "ResponseTransferMode",
    "timeoutInMillis": "TimeoutInMillis",
}


def find_integration_node(finding: Finding, context: FixContext) -> IntegrationNode | None:
    """Return the integration of a finding about a route: in a document, a method or a SAM event."""
    pointer = _find_source_pointer(finding.location.json_pointer, context)
    names: Mapping[str, str] = _OPENAPI_NAMES
    if pointer[-1:] != (_INTEGRATION,):
        if "Events" in pointer:
            pointer, names = (*pointer, "Properties"), _EVENT_NAMES
        else:
            pointer, names = (*pointer, "Properties", "Integration"), _METHOD_NAMES
    node = context.tree.find_node(pointer)
    if node is None or node.kind is not NodeKind.MAPPING or node.tag:
        return None
    return IntegrationNode(tree=context.tree, pointer=pointer, mapping=node, names=names)


def _find_source_pointer(pointer: tuple[str, ...], context: FixContext) -> tuple[str, ...]:
    """Return a pointer into the text; SAM's translator renames the body of an API."""
    is_body = len(pointer) > 3 and pointer[2:4] == ("Properties", "Body")
    if is_body and context.get_resource_type(pointer[1]) == SAM_API:
        return (*pointer[:3], "DefinitionBody", *pointer[4:])
    return pointer
