"""Mock integrations."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.local.gateway.integrations.mock import MockError, create_mock_response
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.response import Response
from streaming_construct.model.integrations import Integration, TemplatedResponse

# What CDK synthesizes for a preflight with several origins, one of them a pattern.
SEVERAL_ORIGINS = """\
#set($origin = $input.params().header.get("Origin"))
#if($origin == "")
  #set($origin = $input.params().header.get("origin"))
#end
#if($origin == "https://b.example" || $origin.matches("https://.*\\.c\\.example"))
  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
#end"""


def mock(
    responses: dict[str, TemplatedResponse], request_template: str | None = '{"statusCode": 200}'
) -> Integration:
    templates = {} if request_template is None else {"application/json": request_template}
    return Integration(type="mock", request_templates=templates, responses=responses)


def respond(integration: Integration, **headers: str) -> Response:
    request = GatewayRequest(
        method="OPTIONS",
        full_path="/prod/x",
        path="/x",
        query="q=1",
        headers=list(headers.items()),
        source_ip="127.0.0.1",
        port=3000,
    )
    context: dict[str, Any] = {"requestId": "r1", "identity": {"sourceIp": "127.0.0.1"}}
    return create_mock_response(
        integration, request, context, path_parameters={"id": "7"}, stage_variables={"v": "s"}
    )


@pytest.mark.parametrize(
    ("name", "origin", "allowed"),
    [
        ("Origin", "https://a.example", "https://a.example"),
        ("Origin", "https://b.example", "https://b.example"),
        ("origin", "https://b.example", "https://b.example"),
        ("Origin", "https://x.c.example", "https://x.c.example"),
        ("Origin", "https://evil.example", "https://a.example"),
        ("X-Other", "nothing", "https://a.example"),
    ],
)
def test_a_preflight_for_several_origins_names_that_of_the_request(
    name: str, origin: str, allowed: str
) -> None:
    """CDK's template overrides the first origin for the allowed ones."""
    response = TemplatedResponse(
        status=204,
        headers={"Access-Control-Allow-Origin": "'https://a.example'", "Vary": "'Origin'"},
        templates={"application/json": SEVERAL_ORIGINS},
    )
    response_sent = respond(mock({"default": response}, "{ statusCode: 200 }"), **{name: origin})

    assert response_sent.status == 204
    assert dict(response_sent.headers)["Access-Control-Allow-Origin"] == allowed
    assert dict(response_sent.headers)["Vary"] == "Origin"
    assert response_sent.body == b""


def test_the_status_of_the_request_template_selects_the_response() -> None:
    """A pattern that matches the status precedes the default."""
    responses = {
        "default": TemplatedResponse(status=200),
        "4\\d{2}": TemplatedResponse(status=418, templates={"application/json": "teapot"}),
    }

    assert respond(mock(responses, "{statusCode: 404}")) == Response(
        418, (("Content-Type", "application/json"),), b"teapot"
    )
    assert respond(mock(responses)).status == 200


def test_header_mappings_read_request_context_and_stage() -> None:
    """Unknown values are left out."""
    headers = {
        "A": "'literal'",
        "B": "method.request.header.x-asked",
        "C": "method.request.querystring.q",
        "D": "context.identity.sourceIp",
        "E": "stageVariables.v",
        "F": "method.request.header.absent",
        "G": "integration.response.header.any",
    }
    response = respond(mock({"default": TemplatedResponse(headers=headers)}), **{"X-Asked": "yes"})

    assert dict(response.headers) == {
        "Content-Type": "application/json",
        "A": "literal",
        "B": "yes",
        "C": "1",
        "D": "127.0.0.1",
        "E": "s",
    }


def test_templates_read_their_parameters() -> None:
    """`$input.params` reads path, query and header. Context and stage are available too."""
    template = (
        '$input.params("id") $input.params("q") $input.params("X-A") $context.requestId'
        " $stageVariables.v"
    )
    response = TemplatedResponse(templates={"application/json": template})

    assert respond(mock({"default": response}), **{"X-A": "a"}).body == b"7 1 a r1 s"


def test_a_template_may_override_the_status() -> None:
    """The client receives `$context.responseOverride.status`."""
    response = TemplatedResponse(
        status=200, templates={"application/json": "#set($context.responseOverride.status = 503)"}
    )

    assert respond(mock({"default": response})).status == 503


@pytest.mark.parametrize(
    ("integration", "message"),
    [
        (mock({"default": TemplatedResponse()}, None), "no statusCode"),
        (mock({}), "no integration response matches status 200"),
        (
            mock({"default": TemplatedResponse(templates={"application/json": "#if($a"})}),
            "cannot be evaluated",
        ),
    ],
)
def test_a_mock_that_fails_names_the_reason(integration: Integration, message: str) -> None:
    """The status is API Gateway's 500, and the console has the reason."""
    with pytest.raises(MockError, match=message):
        respond(integration)
