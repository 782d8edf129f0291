"""The OpenAPI 3.0 body of a REST API, written from its `ApiModel`.

Source of the `x-amazon-apigateway-*` extensions:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

import re
from typing import Any, Final

from streaming_construct.knowledge.http_methods import ANY
from streaming_construct.knowledge.model import ApiModel, Integration, MappedResponse

_VARIABLE: Final = re.compile(r"\{([^}+]+)\+?\}")


def body(api: ApiModel) -> dict[str, Any]:
    """Return the document that API Gateway imports to serve `api`."""
    document: dict[str, Any] = {
        "openapi": "3.0.1",
        "info": {"title": api.name, "version": "1.0"},
        "paths": _paths(api),
    }
    if api.gateway_responses:
        document["x-amazon-apigateway-gateway-responses"] = {
            kind: _gateway_response(response) for kind, response in api.gateway_responses.items()
        }
    return document


def _paths(api: ApiModel) -> dict[str, Any]:
    binary = bool(api.binary_media_types)
    paths: dict[str, Any] = {}
    for route in api.routes:
        item = paths.setdefault(route.path, _path_item(route.path))
        item[_method_key(route.method)] = _operation(route.integration, binary=binary)
    return paths


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
    if integration.type == "mock":
        return {
            "responses": {
                str(response.status): {
                    "description": "Answered by API Gateway",
                    "headers": {name: {"schema": {"type": "string"}} for name in response.headers},
                }
                for response in integration.responses.values()
            },
            "x-amazon-apigateway-integration": _mock(integration, binary=binary),
        }
    return {
        "responses": {"200": {"description": "Answered by the function"}},
        "x-amazon-apigateway-integration": _lambda_proxy(integration),
    }


def _lambda_proxy(integration: Integration) -> dict[str, Any]:
    return {
        "type": integration.type,
        "httpMethod": "POST",
        "uri": integration.uri,
        "credentials": integration.credentials,
        "responseTransferMode": integration.transfer_mode.value,
        "timeoutInMillis": integration.timeout_ms,
    }


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


def _mock_response(response: MappedResponse) -> dict[str, Any]:
    return {
        "statusCode": str(response.status),
        "responseParameters": {
            f"method.response.header.{name}": value for name, value in response.headers.items()
        },
        **({"responseTemplates": dict(response.templates)} if response.templates else {}),
    }


def _gateway_response(response: MappedResponse) -> dict[str, Any]:
    return {
        **({} if response.status is None else {"statusCode": str(response.status)}),
        "responseParameters": {
            f"gatewayresponse.header.{name}": value for name, value in response.headers.items()
        },
        **({"responseTemplates": dict(response.templates)} if response.templates else {}),
    }
