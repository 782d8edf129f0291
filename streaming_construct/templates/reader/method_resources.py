"""`AWS::ApiGateway::Resource` and `Method` trees, as CDK's `RestApi` synthesizes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from streaming_construct.templates.reader.openapi_body import Operation
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, to_string
from streaming_construct.templates.stacks.origin import origin_of


def operations(resolvers: Sequence[Resolver], api_id: str, root_id: str) -> Iterator[Operation]:
    """Yield the operations of the API with these generated ids, from all stacks."""
    paths = _paths(resolvers, root_id)
    for resolver in resolvers:
        for logical_id, resource in resolver.resources("AWS::ApiGateway::Method"):
            properties = resolver.properties(resource)
            path = paths.get(str(properties.get("ResourceId")))
            if properties.get("RestApiId") == api_id and path is not None:
                yield Operation(
                    str(properties.get("HttpMethod")).upper(),
                    path,
                    _to_openapi_keys(properties.get("Integration")),
                    origin_of(resolver.stack, logical_id),
                    properties,
                )


def _paths(resolvers: Sequence[Resolver], root_id: str) -> dict[str, str]:
    """Map the id of every resource of the API to its path."""
    parts = {
        str(resolver.ref(logical_id)): resolver.properties(resource)
        for resolver in resolvers
        for logical_id, resource in resolver.resources("AWS::ApiGateway::Resource")
    }
    children: dict[str, list[str]] = {}
    for resource_id, properties in parts.items():
        children.setdefault(str(properties.get("ParentId")), []).append(resource_id)
    paths, above = {root_id: "/"}, [root_id]
    while above:
        parent_id = above.pop()
        for resource_id in children.get(parent_id, ()):
            part = parts[resource_id].get("PathPart")
            paths[resource_id] = f"{paths[parent_id].rstrip('/')}/{part}"
            above.append(resource_id)
    return paths


def _to_openapi_keys(integration: object) -> object:
    """Give an integration the keys that an OpenAPI body uses."""
    if not isinstance(integration, Mapping):
        return integration
    responses = {
        to_string(response.get("SelectionPattern") or "default"): {
            "statusCode": response.get("StatusCode"),
            "responseParameters": response.get("ResponseParameters"),
            "responseTemplates": response.get("ResponseTemplates"),
        }
        for response in map(as_mapping, as_list(integration.get("IntegrationResponses")))
    }
    others = {
        name[:1].lower() + name[1:]: value
        for name, value in integration.items()
        if name not in {"IntegrationHttpMethod", "IntegrationResponses"}
    }
    http_method = integration.get("IntegrationHttpMethod")
    return {**others, "httpMethod": http_method, "responses": responses}
