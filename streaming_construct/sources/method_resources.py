"""`AWS::ApiGateway::Resource` and `Method` trees, as CDK's `RestApi` synthesizes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from streaming_construct.sources.intrinsics import Resolver
from streaming_construct.sources.operation import Operation
from streaming_construct.sources.origin import origin_of
from streaming_construct.sources.shape import listing, mapping


def operations(resolver: Resolver, api_id: str, root_id: str) -> Iterator[Operation]:
    """Yield the operations of the API whose made-up ids are given."""
    paths = _paths(resolver, root_id)
    for logical_id, resource in resolver.resources("AWS::ApiGateway::Method"):
        properties = resolver.properties(resource)
        if properties.get("RestApiId") == api_id:
            path = paths.get(str(properties.get("ResourceId")))
            if path is not None:
                yield Operation(
                    str(properties.get("HttpMethod")).upper(),
                    path,
                    _openapi_form(properties.get("Integration")),
                    origin_of(resolver.stack, logical_id),
                    properties,
                )


def _paths(resolver: Resolver, root_id: str) -> dict[str, str]:
    """Map the id of every resource to its path."""
    parents = {
        str(resolver.ref(logical_id)): resolver.properties(resource)
        for logical_id, resource in resolver.resources("AWS::ApiGateway::Resource")
    }

    def path(resource_id: str) -> str:
        if resource_id not in parents:
            return ""
        properties = parents[resource_id]
        return f"{path(str(properties.get('ParentId')))}/{properties.get('PathPart')}"

    return {root_id: "/"} | {resource_id: path(resource_id) for resource_id in parents}


def _openapi_form(integration: object) -> object:
    """Give an integration the keys that an OpenAPI body uses."""
    if not isinstance(integration, Mapping):
        return integration
    responses = {
        response.get("SelectionPattern") or "default": {
            "statusCode": response.get("StatusCode"),
            "responseParameters": response.get("ResponseParameters"),
            "responseTemplates": response.get("ResponseTemplates"),
        }
        for response in map(mapping, listing(integration.get("IntegrationResponses")))
    }
    return {
        "type": str(integration.get("Type")).lower(),
        "uri": integration.get("Uri"),
        "credentials": integration.get("Credentials"),
        "responseTransferMode": integration.get("ResponseTransferMode"),
        "timeoutInMillis": integration.get("TimeoutInMillis"),
        "requestTemplates": integration.get("RequestTemplates"),
        "responses": responses,
    }
