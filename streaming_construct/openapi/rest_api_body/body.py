"""The OpenAPI 3.0 body of a REST API, written from its `ApiModel`.

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
    request_validators,
)
from streaming_construct.openapi.rest_api_body.security_schemes import security, security_schemes

_INTEGRATION: Final = "x-amazon-apigateway-integration"
GATEWAY_RESPONSES: Final = "x-amazon-apigateway-gateway-responses"
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
    if api.api_key_source is ApiKeySource.AUTHORIZER:
        document["x-amazon-apigateway-api-key-source"] = api.api_key_source.value
    declared = base.get(GATEWAY_RESPONSES, {})
    added = {kind: _gateway_response(response) for kind, response in api.gateway_responses.items()}
    if declared or added:
        document[GATEWAY_RESPONSES] = _gateway_responses(declared, added)
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
                **_tenant_parameters(route.integration, item[key].get("parameters", ())),
                **security_requirement(route, item[key]),
            }
        else:
            operation = {
                **written,
                **_tenant_parameters(route.integration, ()),
                **security_requirement(route, {}),
            }
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
    mapped = {**_tenant_mapping(integration), **integration.raw.get("requestParameters", {})}
    parameters = {"requestParameters": mapped} if mapped else {}
    return {**present, **integration.raw, **parameters}


def _tenant_mapping(integration: Integration) -> dict[str, str]:
    return {TENANT_ID_PARAMETER: integration.tenant_id} if integration.tenant_id else {}


def _tenant_parameters(integration: Integration, own: Sequence[Any]) -> dict[str, Any]:
    """Return the parameters of an operation with the header of the tenant's id.

    API Gateway maps only headers that the method declares.
    """
    source, _, name = (integration.tenant_id or "").rpartition(".")
    declared = {each.get("name", "").lower() for each in own if each.get("in") == "header"}
    if source != "method.request.header" or name.lower() in declared:
        return {}
    header = {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    return {"parameters": [*own, header]}


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
        named = {"responseParameters": parameters} if parameters else {}
        merged[kind] = {**other, **response, **_explicit(other), **named}
    return merged


def _explicit(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a gateway response other than its headers."""
    return {name: value for name, value in response.items() if name != "responseParameters"}
