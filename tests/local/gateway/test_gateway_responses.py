"""Gateway responses: the responses of API Gateway to its errors."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.gateway_responses import (
    GatewayResponse,
    render_gateway_response,
)
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.response import Response
from streaming_construct.model.api import Stage
from streaming_construct.model.integrations import TemplatedResponse
from tests.support.in_memory_functions import api_model, route

REQUEST = GatewayRequest(
    method="GET",
    full_path="/prod/x",
    path="/x",
    query="",
    headers=[("Origin", "https://app.example")],
    source_ip="127.0.0.1",
    port=3000,
)
CONTEXT: dict[str, Any] = {"requestId": "r1"}


def respond(rejection: GatewayResponse, **declared: TemplatedResponse) -> Response:
    return render_gateway_response(
        rejection, api_model(route("/"), gateway_responses=declared), REQUEST, CONTEXT
    )


@pytest.mark.parametrize(
    ("rejection", "status", "message"),
    [
        (gateway_responses.MISSING_AUTHENTICATION_TOKEN, 403, "Missing Authentication Token"),
        (gateway_responses.THROTTLED, 429, "Too Many Requests"),
        (gateway_responses.API_CONFIGURATION_ERROR, 500, "Internal server error"),
        (gateway_responses.MALFORMED_PROXY_RESPONSE, 502, "Internal server error"),
        (gateway_responses.INTEGRATION_TIMEOUT, 504, "Endpoint request timed out"),
        (gateway_responses.create_not_served_response('it says "no"'), 501, 'it says "no"'),
    ],
)
def test_the_default_gateway_response_has_status_and_message(
    rejection: GatewayResponse, status: int, message: str
) -> None:
    """The body is JSON with only the message. A header names the error for clients of AWS."""
    response = respond(rejection)

    assert response.status == status
    headers = {"Content-Type": "application/json"}
    if rejection.error_type:
        headers["x-amzn-ErrorType"] = rejection.error_type
    assert dict(response.headers) == headers
    assert json.loads(response.body) == {"message": message}


def test_the_most_specific_gateway_response_applies() -> None:
    """That of the type precedes the default of its class. Other classes do not matter."""
    declared = {
        "DEFAULT_4XX": TemplatedResponse(headers={"A": "'default'"}),
        "DEFAULT_5XX": TemplatedResponse(headers={"A": "'server'"}),
        "THROTTLED": TemplatedResponse(status=503, headers={"A": "'throttled'"}),
    }

    assert respond(gateway_responses.THROTTLED, **declared).status == 503
    assert ("A", "throttled") in respond(gateway_responses.THROTTLED, **declared).headers
    assert ("A", "default") in respond(
        gateway_responses.MISSING_AUTHENTICATION_TOKEN, **declared
    ).headers
    assert ("A", "server") in respond(gateway_responses.INTEGRATION_TIMEOUT, **declared).headers


def test_templates_and_request_headers_are_filled_in() -> None:
    """The response can contain the error, the context and headers of the request."""
    declared = TemplatedResponse(
        headers={"Access-Control-Allow-Origin": "method.request.header.origin"},
        templates={
            "text/plain": "$context.error.message|$context.error.messageString"
            "|$context.error.responseType|$context.requestId|$context.unknown|"
        },
    )

    assert respond(gateway_responses.THROTTLED, DEFAULT_4XX=declared) == Response(
        429,
        (
            ("Content-Type", "text/plain"),
            ("x-amzn-ErrorType", "TooManyRequestsException"),
            ("Access-Control-Allow-Origin", "https://app.example"),
        ),
        b'Too Many Requests|"Too Many Requests"|THROTTLED|r1||',
    )


def test_a_413_cannot_be_customized() -> None:
    """API Gateway ignores gateway responses if a request is too large."""
    response = respond(
        gateway_responses.REQUEST_TOO_LARGE, DEFAULT_4XX=TemplatedResponse(status=400)
    )

    assert (response.status, response.body) == (413, b'{"message":"Request Too Long"}')


def test_a_template_quotes_the_error_the_request_and_the_stage() -> None:
    """It has variables of the error, the context and the stage. Others are empty."""
    template = (
        "$context.error.responseType $context.error.message $context.error.messageString"
        " $context.requestId [$context.nothing] $stageVariables.color"
    )
    declared = {"THROTTLED": TemplatedResponse(templates={"text/plain": template})}
    api = api_model(
        route("/"),
        gateway_responses=declared,
        stage=Stage(name="prod", variables={"color": "blue"}),
    )
    response = render_gateway_response(gateway_responses.THROTTLED, api, REQUEST, CONTEXT)

    assert response.headers[0] == ("Content-Type", "text/plain")
    assert response.body == b'THROTTLED Too Many Requests "Too Many Requests" r1 [] blue'


@pytest.mark.parametrize(
    ("accept", "body"),
    [("text/html;q=0.9, */*", b"html"), ("application/json", b"json"), ("image/png", b"json")],
)
def test_the_accept_header_selects_the_template(accept: str, body: bytes) -> None:
    """The first media type of Accept decides. JSON is the default."""
    declared = {
        "THROTTLED": TemplatedResponse(templates={"text/html": "html", "application/json": "json"})
    }
    request = replace(REQUEST, headers=[("Accept", accept)])
    api = api_model(route("/"), gateway_responses=declared)

    assert render_gateway_response(gateway_responses.THROTTLED, api, request, CONTEXT).body == body


def test_the_message_of_a_failed_authorizer_is_null() -> None:
    """The client learns nothing about the failure."""
    assert respond(gateway_responses.AUTHORIZER_CONFIGURATION_ERROR).body == b'{"message":null}'
