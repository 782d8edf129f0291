"""The OpenAPI 3.0 body of a REST API, written from its `ApiModel`.

Source of the `x-amazon-apigateway-*` extensions:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.integrations import Integration, TemplatedResponse
from streaming_construct.openapi.rest_api_body.request_validators import (
    VALIDATOR,
    VALIDATORS,
    request_validators,
)
from streaming_construct.openapi.rest_api_body.security_schemes import security, security_schemes

_INTEGRATION: Final = "x-amazon-apigateway-integration"
_GATEWAY_RESPONSES: Final = "x-amazon-apigateway-gateway-responses"
_VARIABLE: Final = re.compile(r"\{([^}+]+)\+?\}")


def body(api: ApiModel, base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the document that API Gateway imports to serve `api`.

    Args:
        api: The API with its routes.
        base: A converted document to start from. Its operations keep what they hold and get the
            integration of the route of their method and path; routes that it does not have are
            added. It is not changed. Default: nothing but the routes.
    """
    base = base or {}
    title = {"title": api.name}
    document: dict[str, Any] = {
        **base,
        "openapi": "3.0.1",
        "info": {**title, "version": "1.0", **base.get("info", {}), **title},
        "paths": _paths(api, base),
    }
    if schemes := security_schemes(route.access for route in api.routes):
        components = base.get("components", {})
        own_schemes = components.get("securitySchemes", {})
        document["components"] = {**components, "securitySchemes": {**own_schemes, **schemes}}
    if validators := request_validators(api.routes):
        document[VALIDATORS] = {**base.get(VALIDATORS, {}), **validators}
    if api.api_key_source:
        document["x-amazon-apigateway-api-key-source"] = "AUTHORIZER"
    declared = base.get(_GATEWAY_RESPONSES, {})
    added = {kind: _gateway_response(response) for kind, response in api.gateway_responses.items()}
    if declared or added:
        document[_GATEWAY_RESPONSES] = _gateway_responses(declared, added)
    return document


def _paths(api: ApiModel, base: Mapping[str, Any]) -> dict[str, Any]:
    binary = bool(api.binary_media_types or base.get("x-amazon-apigateway-binary-media-types"))
    paths: dict[str, Any] = {path: dict(item) for path, item in base.get("paths", {}).items()}
    for route in api.routes:
        key = _method_key(route.method)
        item = paths.setdefault(route.path, {})
        written = _operation(route.integration, binary=binary)
        if key in item:
            item[key] = {
                **item[key],
                _INTEGRATION: written[_INTEGRATION],
                **security_requirement(route, item[key]),
            }
        else:
            operation = {**written, **security_requirement(route, {})}
            paths[route.path] = {**_path_item(route.path), **item, key: operation}
    return paths


def security_requirement(route: Route, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request has to show, beside what its operation asks for by itself."""
    shown: dict[str, Any] = {}
    if alternatives := security(route.access):
        shown["security"] = [*declared.get("security", ()), *alternatives]
    if route.validation is not None:
        shown[VALIDATOR] = route.validation.name
    return shown


def _path_item(path: str) -> dict[str, Any]:
    variables = _VARIABLE.findall(path)
    if not variables:
        return {}
    return {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in variables
        ]
    }


def _method_key(method: str) -> str:
    return "x-amazon-apigateway-any-method" if method == ANY else method.lower()


def _operation(integration: Integration, *, binary: bool) -> dict[str, Any]:
    if integration.type == "mock" and not integration.raw:
        return {
            "responses": {
                str(response.status): {
                    "description": "Answered by API Gateway",
                    "headers": {name: {"schema": {"type": "string"}} for name in response.headers},
                }
                for response in integration.responses.values()
            },
            _INTEGRATION: _mock(integration, binary=binary),
        }
    return {
        "responses": {"200": {"description": "Answered by the function"}},
        _INTEGRATION: _integration(integration),
    }


def _integration(integration: Integration) -> dict[str, Any]:
    """Return what the document declares, completed by what it leaves out."""
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
    return {**present, **integration.raw}


def _mock(integration: Integration, *, binary: bool) -> dict[str, Any]:
    mock: dict[str, Any] = {
        "type": "mock",
        "passthroughBehavior": "when_no_match",
        "requestTemplates": dict(integration.request_templates),
        "responses": {
            pattern: _mock_response(response) for pattern, response in integration.responses.items()
        },
    }
    if binary:
        # With binary media types the request template would be handed bytes, not text.
        mock["contentHandling"] = "CONVERT_TO_TEXT"
    return mock


def _mock_response(response: TemplatedResponse) -> dict[str, Any]:
    return {
        "statusCode": str(response.status),
        "responseParameters": {
            f"method.response.header.{name}": value for name, value in response.headers.items()
        },
        **({"responseTemplates": dict(response.templates)} if response.templates else {}),
    }


def _gateway_response(response: TemplatedResponse) -> dict[str, Any]:
    return {
        **({} if response.status is None else {"statusCode": str(response.status)}),
        "responseParameters": {
            f"gatewayresponse.header.{name}": value for name, value in response.headers.items()
        },
        **({"responseTemplates": dict(response.templates)} if response.templates else {}),
    }


def _gateway_responses(declared: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document's own gateway responses with the headers that are added, and the rest.

    A response of the document's own stands in for the default of its class, so that a browser reads
    it only with the same headers.
    """
    headers = {
        name: value
        for response in added.values()
        for name, value in response["responseParameters"].items()
    }
    merged = {
        kind: {
            **response,
            "responseParameters": {**headers, **response.get("responseParameters", {})},
        }
        for kind, response in declared.items()
    }
    return {**added, **(merged if headers else declared)}
