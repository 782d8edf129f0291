"""Finds the resources of a stack that belong to one REST API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.origin import find_origin


@dataclass(frozen=True)
class ChildResources:
    """The resources that name an API.

    `resolver` is the stack that declares the API. The other stacks of `resolvers` may declare
    resources of the API, too.
    """

    resolvers: Sequence[Resolver]
    resolver: Resolver
    api_id: str

    def list_by_type(
        self, resource_type: str, api_property: str = "RestApiId"
    ) -> Iterator[tuple[SourceLocation, Mapping[str, Any]]]:
        """Yield location and properties of the resources of a type, those of `resolver` first.

        `api_property` is the property that has the id of the API.
        """
        for resolver in sorted(self.resolvers, key=lambda item: item is not self.resolver):
            for logical_id, resource in resolver.list_resources(resource_type):
                properties = resolver.properties(resource)
                if properties.get(api_property) == self.api_id:
                    yield find_origin(resolver.stack, logical_id), properties
