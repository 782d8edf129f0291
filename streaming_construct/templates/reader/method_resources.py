"""`AWS::ApiGateway::Resource` and `Method` trees, as CDK's `RestApi` synthesizes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from streaming_construct.templates.reader.openapi_body import Operation
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, to_string
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.unresolved import Unresolved, list_unresolved_reasons

_INTEGRATION_PROPERTIES: Final = frozenset(
    {
        *("ConnectionId", "ConnectionType", "ContentHandling", "Credentials"),
        *("IntegrationHttpMethod", "IntegrationResponses", "PassthroughBehavior"),
        *("RequestTemplates", "ResponseTransferMode", "TimeoutInMillis", "Type", "Uri"),
    }
)
"""Properties of an integration that a method does not have."""


@dataclass(frozen=True)
class MethodResources:
    """The methods of an API: operations, and sentences on those that cannot be read."""

    operations: tuple[Operation, ...]
    unread: tuple[str, ...]


def read_method_resources(
    resolvers: Sequence[Resolver], api_id: str, roots: Mapping[str, str]
) -> MethodResources:
    """Read the methods of an API from all stacks.

    Args:
        resolvers: The stacks.
        api_id: The generated id of the API.
        roots: The paths of the resources that no stack declares, by their ids.
    """
    operations: list[Operation] = []
    unread: list[str] = []
    paths = _map_paths(resolvers, roots)
    for resolver in resolvers:
        for logical_id, resource in resolver.list_resources("AWS::ApiGateway::Method"):
            properties = resolver.properties(resource)
            origin = find_origin(resolver.stack, logical_id)
            if str(properties.get("RestApiId")) != api_id:
                if isinstance(properties.get("RestApiId"), Unresolved):
                    unread.append(f"{origin}: the API of the method is not known: not checked")
                continue
            method, path = (
                properties.get("HttpMethod"),
                paths.get(str(properties.get("ResourceId"))),
            )
            if path is None or isinstance(method, Unresolved):
                unknown = "path" if path is None else "HTTP method"
                unread.append(f"{origin}: the {unknown} of the method is not known: not checked")
                continue
            operations.append(
                Operation(
                    str(method).upper(),
                    path,
                    _to_openapi_keys(properties.get("Integration")),
                    origin,
                    properties,
                    misplaced_members=tuple(sorted(_INTEGRATION_PROPERTIES & properties.keys())),
                )
            )
    return MethodResources(tuple(operations), tuple(unread))


def _map_paths(resolvers: Sequence[Resolver], roots: Mapping[str, str]) -> dict[str, str]:
    """Map the id of every resource of the API to its path, except those that are not known."""
    parts = {
        str(resolver.ref(logical_id)): resolver.properties(resource)
        for resolver in resolvers
        for logical_id, resource in resolver.list_resources("AWS::ApiGateway::Resource")
    }
    children: dict[str, list[str]] = {}
    for resource_id, properties in parts.items():
        children.setdefault(str(properties.get("ParentId")), []).append(resource_id)
    paths, above = dict(roots), [*roots]
    while above:
        parent_id = above.pop()
        for resource_id in children.get(parent_id, ()):
            part = parts[resource_id].get("PathPart")
            if isinstance(part, Unresolved):
                continue
            paths[resource_id] = f"{paths[parent_id].rstrip('/')}/{part}"
            above.append(resource_id)
    return paths


def _to_openapi_keys(integration: object) -> object:
    """Give an integration the keys that an OpenAPI body uses."""
    if not isinstance(integration, Mapping):
        return integration
    declared = as_list(integration.get("IntegrationResponses"))
    reason = next(list_unresolved_reasons([integration.get("IntegrationResponses")]), None)
    is_unresolved = isinstance(integration.get("IntegrationResponses"), Unresolved) or any(
        isinstance(response, Unresolved) for response in declared
    )
    responses = {
        to_string(response.get("SelectionPattern") or "default"): {
            "statusCode": response.get("StatusCode"),
            "responseParameters": response.get("ResponseParameters"),
            "responseTemplates": response.get("ResponseTemplates"),
        }
        for response in map(as_mapping, declared)
    }
    members = {
        name[:1].lower() + name[1:]: value
        for name, value in integration.items()
        if name not in {"IntegrationHttpMethod", "IntegrationResponses"}
    }
    http_method = integration.get("IntegrationHttpMethod")
    return {
        **members,
        "httpMethod": http_method,
        "responses": Unresolved(reason) if is_unresolved and reason else responses,
    }
