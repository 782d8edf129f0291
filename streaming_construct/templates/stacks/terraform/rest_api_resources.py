"""Convert REST APIs, their resources, methods and gateway responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.templates.stacks.terraform.cloudformation_values import (
    COMMON_ARGUMENTS,
    convert_integration_uri,
    convert_positive_number,
    create_cloudformation_resource,
    find_unknown_arguments,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    PlanResource,
)
from streaming_construct.templates.stacks.unresolved import Unresolved

_TIMEOUT: Final = "timeout_milliseconds"
_INTEGRATION: Final = "aws_api_gateway_integration"
_REST_API: Final = "aws_api_gateway_rest_api"
_INTEGRATION_ARGUMENTS: Final = COMMON_ARGUMENTS | {
    *("cache_key_parameters", "cache_namespace", "connection_id", "connection_type"),
    *("content_handling", "credentials", "http_method", "integration_http_method"),
    *("integration_target", "passthrough_behavior", "request_parameters", "request_templates"),
    *("resource_id", "response_transfer_mode", "timeout_milliseconds", "tls_config", "type"),
    "uri",
}


def to_rest_api(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a REST API with its OpenAPI document."""
    body = _read_body(reader, resource)
    return create_cloudformation_resource(
        "AWS::ApiGateway::RestApi",
        Name=resource.values.get("name"),
        Body=body,
        EndpointConfiguration={
            "Types": endpoint.get("types"),
            "VpcEndpointIds": endpoint.get("vpc_endpoint_ids"),
        }
        if (endpoint := resource.get_block("endpoint_configuration"))
        else None,
        Policy=_read_resource_policy(reader, resource),
        MinimumCompressionSize=convert_positive_number(
            resource.values.get("minimum_compression_size")
        ),
        BinaryMediaTypes=resource.values.get("binary_media_types"),
        DisableExecuteApiEndpoint=resource.values.get("disable_execute_api_endpoint"),
        SecurityPolicy=resource.values.get("security_policy") or None,
        EndpointAccessMode=resource.values.get("endpoint_access_mode") or None,
    )


def _read_body(reader: PlanReader, resource: PlanResource) -> object:
    """Return the document of an API: its argument, or that of a separate resource."""
    for candidate in (resource, *reader.resources.values()):
        is_put = candidate.type == f"{_REST_API}_put" and _is_naming_api(
            reader, candidate, resource
        )
        has_body = "body" in candidate.expressions or candidate.values.get("body")
        if has_body and (candidate is resource or is_put):
            body = reader.read_document(candidate, "body")
            if isinstance(body, Unresolved):
                reader.notes.append(f"{body}: the routes of the body are not checked")
            return body
    return None


def _read_resource_policy(reader: PlanReader, resource: PlanResource) -> object:
    """Return the policy of an API: its argument, or that of a separate resource."""
    if "policy" in resource.expressions or resource.values.get("policy"):
        return reader.read_document(resource, "policy")
    for candidate in reader.resources.values():
        if candidate.type == f"{_REST_API}_policy" and _is_naming_api(reader, candidate, resource):
            return reader.read_document(candidate, "policy")
    return None


def _is_naming_api(reader: PlanReader, resource: PlanResource, api: PlanResource) -> bool:
    """Return whether a resource names an API, or an API that is not known."""
    addresses = [target.address for target, _ in reader.find_targets(resource, "rest_api_id")]
    return not addresses or api.address in addresses


def to_resource_of_path(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return the resource of a path part."""
    return create_cloudformation_resource(
        "AWS::ApiGateway::Resource",
        RestApiId=reader.resolve_value(resource, "rest_api_id"),
        ParentId=reader.resolve_value(resource, "parent_id"),
        PathPart=resource.values.get("path_part"),
    )


def to_method(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return the method of an integration, with what other resources add to both."""
    mode = resource.values.get("response_transfer_mode")
    # A plan shows the provider's default where nothing is written.
    written = _TIMEOUT in resource.expressions or not resource.expressions
    method = next(_find_sibling_resources(reader, resource, "aws_api_gateway_method"), resource)
    responses = [
        {
            "StatusCode": response.values.get("status_code"),
            "ResponseParameters": response.values.get("response_parameters"),
            "ResponseTemplates": response.values.get("response_templates"),
            "SelectionPattern": response.values.get("selection_pattern"),
        }
        for response in _find_sibling_resources(
            reader, resource, "aws_api_gateway_integration_response"
        )
    ]
    return create_cloudformation_resource(
        "AWS::ApiGateway::Method",
        RestApiId=reader.resolve_value(resource, "rest_api_id"),
        ResourceId=reader.resolve_value(resource, "resource_id"),
        HttpMethod=resource.values.get("http_method"),
        AuthorizationType=method.values.get("authorization") or "NONE",
        AuthorizerId=reader.resolve_value(method, "authorizer_id"),
        AuthorizationScopes=method.values.get("authorization_scopes"),
        ApiKeyRequired=method.values.get("api_key_required"),
        Integration={
            "Type": resource.values.get("type"),
            "IntegrationHttpMethod": reader.resolve_value(resource, "integration_http_method"),
            "ConnectionType": reader.resolve_value(resource, "connection_type"),
            "ConnectionId": reader.resolve_value(resource, "connection_id"),
            "RequestParameters": resource.values.get("request_parameters"),
            "Uri": convert_integration_uri(reader, resource, "uri", streams=mode == "STREAM"),
            "Credentials": reader.resolve_value(resource, "credentials"),
            "ResponseTransferMode": mode,
            "TimeoutInMillis": resource.values.get(_TIMEOUT) if written else None,
            "ContentHandling": resource.values.get("content_handling") or None,
            "PassthroughBehavior": resource.values.get("passthrough_behavior"),
            "IntegrationResponses": responses,
            **find_unknown_arguments(resource, _INTEGRATION_ARGUMENTS),
        },
    )


def create_method_without_integration(
    reader: PlanReader, resource: PlanResource
) -> dict[str, Any] | None:
    """Return a method that has no integration; None for others, or if that is not certain."""
    if resource.type != "aws_api_gateway_method":
        return None
    path = reader.resolve_value(resource, "resource_id")
    integrations = [
        isinstance(reader.resolve_value(integration, "resource_id"), Mapping)
        for integration in reader.resources.values()
        if integration.type == _INTEGRATION
    ]
    if not (isinstance(path, Mapping) and all(integrations)):
        return None
    if next(_find_sibling_resources(reader, resource, _INTEGRATION), None) is not None:
        return None
    return create_cloudformation_resource(
        "AWS::ApiGateway::Method",
        RestApiId=reader.resolve_value(resource, "rest_api_id"),
        ResourceId=path,
        HttpMethod=resource.values.get("http_method"),
        AuthorizationType="NONE",
    )


def _find_sibling_resources(
    reader: PlanReader, resource: PlanResource, kind: str
) -> Iterator[PlanResource]:
    """Yield the resources of another type for the method of an integration."""
    method_key = reader.resolve_value(resource, "resource_id"), resource.values.get("http_method")
    for other in reader.resources.values():
        about = reader.resolve_value(other, "resource_id"), other.values.get("http_method")
        if other.type == kind and about == method_key:
            yield other


def to_gateway_response(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a customized gateway response."""
    return create_cloudformation_resource(
        "AWS::ApiGateway::GatewayResponse",
        RestApiId=reader.resolve_value(resource, "rest_api_id"),
        ResponseType=resource.values.get("response_type"),
        ResponseParameters=resource.values.get("response_parameters"),
    )
