"""The proxy event: the input of a function behind a Lambda proxy integration.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from streaming_construct.local.gateway.arns import find_location
from streaming_construct.local.gateway.context import ANONYMOUS, AuthorizerResult
from streaming_construct.local.gateway.media_types import is_binary
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.router import Match
from streaming_construct.local.lambda_.invocation import encode_json
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.templates.resolver.physical_ids import create_placeholder_id

_NO_IDENTITY: Final = dict.fromkeys(
    (
        "accessKey",
        "accountId",
        "caller",
        "cognitoAuthenticationProvider",
        "cognitoAuthenticationType",
        "cognitoIdentityId",
        "cognitoIdentityPoolId",
        "principalOrgId",
        "user",
        "userArn",
    )
)


def build_proxy_event(
    api: ApiModel,
    match: Match,
    request: GatewayRequest,
    authorizer_result: AuthorizerResult = ANONYMOUS,
) -> dict[str, Any]:
    """Return the event of a request, without its body."""
    headers = request.build_forwarded_headers()
    query = request.parse_query_parameters()
    return {
        "resource": match.route.path,
        "path": request.event_path,
        "httpMethod": request.method,
        "headers": _select_last_values(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _select_last_values(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(match.path_parameters) or None,
        "stageVariables": dict(api.stage.variables) or None,
        "requestContext": build_request_context(api, match.route, request, authorizer_result),
        "body": None,
        "isBase64Encoded": False,
    }


def encode_event(
    event: Mapping[str, Any], body: bytes, binary_media_types: tuple[str, ...]
) -> bytes:
    """Return an event with its body as JSON."""
    return encode_json(add_body(event, body, binary_media_types)).encode()


def add_body(
    event: Mapping[str, Any], body: bytes, binary_media_types: tuple[str, ...]
) -> Mapping[str, Any]:
    """Return an event with its body."""
    if not body:
        return event
    content_types = [
        values[-1]
        for name, values in event["multiValueHeaders"].items()
        if name.lower() == "content-type"
    ]
    content_type = content_types[-1] if content_types else None
    text, is_encoded = _encode_body(body, content_type, binary_media_types)
    return {**event, "body": text, "isBase64Encoded": is_encoded}


def build_request_context(
    api: ApiModel,
    route: Route | None,
    request: GatewayRequest,
    authorizer_result: AuthorizerResult = ANONYMOUS,
) -> dict[str, Any]:
    """Return `requestContext`, which access logs and templates call `$context`."""
    path = route.path if route else request.path
    authorizer = authorizer_result.authorizer
    context = {
        "accountId": find_location(api).account,
        "apiId": api.id,
        "deploymentId": create_placeholder_id(api.id, "deployment"),
        "domainName": request.host,
        "domainPrefix": request.host.partition(".")[0],
        "extendedRequestId": request.extended_request_id,
        "httpMethod": request.method,
        "identity": {
            **_NO_IDENTITY,
            "sourceIp": request.source_ip,
            "userAgent": request.get_header("user-agent"),
            **authorizer_result.identity,
        },
        "path": request.full_path,
        "protocol": request.protocol,
        "requestId": request.request_id,
        "requestTime": _format_request_time(int(request.received_at)),
        "requestTimeEpoch": int(request.received_at * 1000),
        "resourceId": create_placeholder_id(api.id, path),
        "resourcePath": path,
        "stage": api.stage.name,
    }
    if authorizer is not None:
        context["authorizer"] = dict(authorizer)
    return context


@lru_cache(maxsize=1)
def _format_request_time(seconds: int) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(seconds))


def _select_last_values(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: items[-1] for name, items in values.items()}


def _encode_body(
    body: bytes, content_type: str | None, binary_media_types: tuple[str, ...]
) -> tuple[str, bool]:
    if is_binary(content_type, binary_media_types):
        return base64.b64encode(body).decode("ascii"), True
    return body.decode("utf-8", errors="replace"), False
