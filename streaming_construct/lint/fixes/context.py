"""`FixContext`: the input of a fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from streaming_construct.documents.syntax_tree import SyntaxTree
from streaming_construct.model.api import Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.template import Include
from streaming_construct.rules.rule import Finding
from streaming_construct.templates.included_locations import to_included_location


@dataclass(frozen=True, kw_only=True)
class FixContext:
    """The text of the file that a finding is in, and the APIs that were read.

    `includes` are the files that templates include.
    """

    tree: SyntaxTree
    declarations: Sequence[Declaration]
    includes: Sequence[Include] = ()

    def get_resource_type(self, logical_id: str) -> str:
        """Return the type of a resource in the text; empty without such a resource."""
        node = self.tree.find_node(("Resources", logical_id, "Type"))
        return node.value if node else ""

    def find_route(self, finding: Finding) -> tuple[Declaration, Route] | None:
        """Return the only route that a finding is about, with its API."""
        routes = {
            route.origin: (declaration, route)
            for declaration in self.declarations
            for route in declaration.api.routes
            if str(route) == finding.subject.name and self.is_at(finding, route.origin)
        }
        return next(iter(routes.values())) if len(routes) == 1 else None

    def is_at(self, finding: Finding, origin: SourceLocation) -> bool:
        """Return whether a finding is about an element with an origin."""
        location = to_included_location(origin, self.includes)
        file, pointer = finding.location.file, finding.location.json_pointer
        return (location.file, location.json_pointer) == (file, pointer)

    def list_functions(self, finding: Finding) -> Iterator[tuple[Declaration, Function]]:
        """Yield the function that a finding is about, once for each API that has it."""
        for declaration in self.declarations:
            for function in declaration.api.functions.values():
                if function.origin.display_name == finding.subject.name:
                    yield declaration, function
