"""Reads the methods of APIs that another source declares, such as those of an imported API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from streaming_construct.model.api import ApiModel, Route, Stage
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.reader.integrations import (
    find_placeholder_region,
    read_integration,
)
from streaming_construct.templates.reader.lambda_functions.functions import LambdaFunctions
from streaming_construct.templates.reader.method_resources import (
    MethodResources,
    read_method_resources,
)
from streaming_construct.templates.reader.selection import REST_API
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.origin import find_origin

_UNKNOWN_PATH: Final = "/..."


def read_partial_declarations(
    resolvers: Sequence[Resolver], functions: LambdaFunctions
) -> Iterator[Declaration]:
    """Yield each API of which the stacks declare methods, but not the API itself."""
    declared = {
        str(resolver.ref(logical_id))
        for resolver in resolvers
        for logical_id, _ in resolver.list_resources(REST_API)
    }
    origins: dict[str, SourceLocation] = {}
    for resolver in resolvers:
        for logical_id, resource in resolver.list_resources("AWS::ApiGateway::Method"):
            # Only this property is resolved, since most methods are of declared APIs.
            api_id = str(resolver.resolve(as_mapping(resource.get("Properties")).get("RestApiId")))
            if api_id not in declared:
                origins.setdefault(api_id, find_origin(resolver.stack, logical_id))
    roots = _list_roots(resolvers) if origins else {}
    for api_id, origin in origins.items():
        methods = read_method_resources(resolvers, api_id, roots)
        yield _read_declaration(api_id, origin, methods, resolvers, functions)


def _list_roots(resolvers: Sequence[Resolver]) -> dict[str, str]:
    """Return the ids of the resources that no stack declares, each with a placeholder path."""
    ids = {
        str(resolver.ref(logical_id))
        for resolver in resolvers
        for logical_id, _ in resolver.list_resources("AWS::ApiGateway::Resource")
    }
    resource_ids = {
        str(resolver.properties(resource).get(name))
        for resolver in resolvers
        for kind, name in (
            ("AWS::ApiGateway::Resource", "ParentId"),
            ("AWS::ApiGateway::Method", "ResourceId"),
        )
        for _, resource in resolver.list_resources(kind)
    }
    return dict.fromkeys(sorted(resource_ids - ids), _UNKNOWN_PATH)


def _read_declaration(
    api_id: str,
    origin: SourceLocation,
    methods: MethodResources,
    resolvers: Sequence[Resolver],
    functions: LambdaFunctions,
) -> Declaration:
    routes = tuple(
        Route(
            method=operation.method,
            path=operation.path,
            integration=replace(
                read_integration(
                    operation.integration,
                    functions,
                    misplaced_members=operation.misplaced_members,
                ),
                placeholder_region=find_placeholder_region(operation.origin, resolvers),
            ),
            origin=operation.origin,
        )
        for operation in methods.operations
    )
    function_ids = {
        route.integration.function: None for route in routes if route.integration.function
    }
    declared = {name: functions.find(name) for name in function_ids}
    api = ApiModel(
        id=api_id,
        name="API",
        origin=origin,
        routes=routes,
        functions={name: function for name, function in declared.items() if function is not None},
        stage=Stage(name="prod"),
    )
    note = f"{origin}: another source declares the API: lint checks only its methods"
    return Declaration(api=api, notes=(note, *methods.unread), is_partial=True)
