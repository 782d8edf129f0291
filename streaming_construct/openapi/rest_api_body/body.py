"""Build the OpenAPI 3.0 body of a REST API from its `ApiModel`.

Source of the `x-amazon-apigateway-*` extensions:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.aws.tenant_isolation import TENANT_ID_PARAMETER
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.integrations import Integration, TemplatedResponse
from streaming_construct.model.usage_plans import ApiKeySource
from streaming_construct.openapi.rest_api_body.request_validators import (
    VALIDATOR,
    VALIDATORS,
    build_request_validators,
)
from streaming_construct.openapi.rest_api_body.security_schemes import (
    build_security,
    build_security_schemes,
)

_INTEGRATION: Final = "x-amazon-apigateway-integration"
GATEWAY_RESPONSES: Final = "x-amazon-apigateway-gateway-responses"
_VARIABLE: Final = re.compile(r"\{([^}+]+)\+?\}")


def build_body(api: ApiModel, base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the document that API Gateway imports to serve `api`.

    Args:
        api: The API with its routes.
        base: A converted document to start from, which is not changed. Its operations get the
            integration of the route with their method and path. Other routes are added.
            Default: an empty document.
    """
    base = base or {}
    title = {"title": api.name}
    document: dict[str, Any] = {
        **base,
        "openapi": "3.0.1",
        "info": {**title, "version": "1.0", **base.get("info", {}), **title},
        "paths": _build_paths(api, base),
    }
    if schemes := build_security_schemes(route.access for route in api.routes):
        components = base.get("components", {})
        own_schemes = components.get("securitySchemes", {})
        document["components"] = {**components, "securitySchemes": {**own_schemes, **schemes}}
    if validators := build_request_validators(api.routes):
        document[VALIDATORS] = {**base.get(VALIDATORS, {}), **validators}
    if api.api_key_source is ApiKeySource.AUTHORIZER:
        document["x-amazon-apigateway-api-key-source"] = api.api_key_source.value
    declared = base.get(GATEWAY_RESPONSES, {})
    added = {
        kind: _build_gateway_response(response) for kind, response in api.gateway_responses.items()
    }
    if declared or added:
        document[GATEWAY_RESPONSES] = _merge_gateway_responses(declared, added)
    return document


def _build_paths(api: ApiModel, base: Mapping[str, Any]) -> dict[str, Any]:
    binary = bool(api.binary_media_types or base.get("x-amazon-apigateway-binary-media-types"))
    paths: dict[str, Any] = {path: dict(item) for path, item in base.get("paths", {}).items()}
    for route in api.routes:
        key = _build_method_key(route.method)
        item = paths.setdefault(route.path, {})
        written = _build_operation(route.integration, binary=binary)
        if key in item:
            item[key] = {
                **item[key],
                _INTEGRATION: written[_INTEGRATION],
                **_build_tenant_parameters(route.integration, item[key].get("parameters", ())),
                **build_security_requirement(route, item[key]),
            }
        else:
            operation = {
                **written,
                **_build_tenant_parameters(route.integration, ()),
                **build_security_requirement(route, {}),
            }
            paths[route.path] = {**_build_path_item(route.path), **item, key: operation}
    return paths


def build_security_requirement(route: Route, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the security and the validator of a route, added to those of its operation."""
    members: dict[str, Any] = {}
    if alternatives := build_security(route.access):
        members["security"] = [*declared.get("security", ()), *alternatives]
    if route.validation is not None:
        members[VALIDATOR] = route.validation.name
    return members


def _build_path_item(path: str) -> dict[str, Any]:
    variables = _VARIABLE.findall(path)
    if not variables:
        return {}
    return {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in variables
        ]
    }


def _build_method_key(method: str) -> str:
    return "x-amazon-apigateway-any-method" if method == ANY else method.lower()


def _build_operation(integration: Integration, *, binary: bool) -> dict[str, Any]:
    if integration.type == "mock" and not integration.raw:
        return {
            "responses": {
                str(response.status): {
                    "description": "Response of API Gateway",
                    "headers": {name: {"schema": {"type": "string"}} for name in response.headers},
                }
                for response in integration.responses.values()
            },
            _INTEGRATION: _build_mock(integration, binary=binary),
        }
    return {
        "responses": {"200": {"description": "Response of the function"}},
        _INTEGRATION: _build_integration(integration),
    }


def _build_integration(integration: Integration) -> dict[str, Any]:
    """Return the declared members of an integration, completed by the missing ones."""
    streams = {
        "responseTransferMode": integration.transfer_mode.value,
        "timeoutInMillis": integration.timeout_ms,
    }
    if integration.type == "aws_proxy":
        missing = {
            "type": integration.type,
            "httpMethod": "POST",
            "uri": integration.uri,
            "credentials": integration.credentials,
            **streams,
        }
    else:
        # The other types cannot stream a response.
        missing = streams if integration.type == "http_proxy" else {}
    present = {name: value for name, value in missing.items() if value is not None}
    mapped = {**_build_tenant_mapping(integration), **integration.raw.get("requestParameters", {})}
    parameters = {"requestParameters": mapped} if mapped else {}
    return {**present, **integration.raw, **parameters}


def _build_tenant_mapping(integration: Integration) -> dict[str, str]:
    return {TENANT_ID_PARAMETER: integration.tenant_id} if integration.tenant_id else {}


def _build_tenant_parameters(integration: Integration, parameters: Sequence[Any]) -> dict[str, Any]:
    """Return the parameters of an operation with the header of the tenant's id.

    API Gateway maps only headers that the method declares.
    """
    source, _, name = (integration.tenant_id or "").rpartition(".")
    declared = {
        parameter.get("name", "").lower()
        for parameter in parameters
        if parameter.get("in") == "header"
    }
    if source != "method.request.header" or name.lower() in declared:
        return {}
    header = {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    return {"parameters": [*parameters, header]}


def _build_mock(integration: Integration, *, binary: bool) -> dict[str, Any]:
    mock: dict[str, Any] = {
        "type": "mock",
        "passthroughBehavior": "when_no_match",
        "requestTemplates": dict(integration.request_templates),
        "responses": {
            pattern: _build_mock_response(response)
            for pattern, response in integration.responses.items()
        },
    }
    if binary:
        # With binary media types, the request template would receive bytes instead of text.
        mock["contentHandling"] = "CONVERT_TO_TEXT"
    return mock


def _build_mock_response(response: TemplatedResponse) -> dict[str, Any]:
    return {
        "statusCode": str(response.status),
        "responseParameters": {
            f"method.response.header.{name}": value for name, value in response.headers.items()
        },
        **({"responseTemplates": dict(response.templates)} if response.templates else {}),
    }


def _build_gateway_response(response: TemplatedResponse) -> dict[str, Any]:
    return {
        **({} if response.status is None else {"statusCode": str(response.status)}),
        "responseParameters": {
            f"gatewayresponse.header.{name}": value for name, value in response.headers.items()
        },
        **({"responseTemplates": dict(response.templates)} if response.templates else {}),
    }


def _merge_gateway_responses(
    declared: Mapping[str, Any], added: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the declared gateway responses with the added headers, and the added responses.

    A declared response replaces the default of its class. A browser reads it only with the same
    headers.
    """
    shared = added.get("DEFAULT_4XX", {}).get("responseParameters", {})
    merged = dict(added)
    for kind, response in declared.items():
        # An argument of the construct overrides the document.
        other = added.get(kind, {})
        parameters = {
            **shared,
            **response.get("responseParameters", {}),
            **({} if kind.startswith("DEFAULT_") else other.get("responseParameters", {})),
        }
        customization = {"responseParameters": parameters} if parameters else {}
        merged[kind] = {**other, **response, **_omit_headers(other), **customization}
    return merged


def _omit_headers(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a gateway response other than its headers."""
    return {name: value for name, value in response.items() if name != "responseParameters"}
