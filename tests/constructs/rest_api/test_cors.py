"""Preflights, and the CORS headers of errors, in the template of a `StreamingRestApi`."""

from __future__ import annotations

import pytest
from aws_cdk import Duration, Stack
from aws_cdk.aws_apigateway import CorsOptions

from streaming_construct import StreamingRestApi
from tests.support.synthesis import (
    Template,
    body_of,
    integration,
    new_function,
    new_stack,
    only,
    synthesize,
)


@pytest.fixture(scope="module")
def one_origin() -> Template:
    """The template of an API that allows one other origin."""
    stack = new_stack()
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        cors=CorsOptions(
            allow_origins=["https://app.example"],
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization"],
            expose_headers=["X-Request-Id"],
            allow_credentials=True,
            max_age=Duration.hours(1),
        ),
    )
    api.add_route("/chat", methods=["POST"])
    return synthesize(stack)


def test_every_path_has_a_preflight(one_origin: Template) -> None:
    """API Gateway itself responds to OPTIONS, without an authorizer and without a function."""
    for path in ("/", "/{proxy+}", "/chat"):
        preflight = integration(one_origin, path, "OPTIONS")
        assert preflight["type"] == "mock"
        assert preflight["responses"]["default"] == {
            "statusCode": "204",
            "responseParameters": {
                "method.response.header.Access-Control-Allow-Credentials": "'true'",
                "method.response.header.Access-Control-Allow-Headers": "'Authorization'",
                "method.response.header.Access-Control-Allow-Methods": "'GET,POST'",
                "method.response.header.Access-Control-Allow-Origin": "'https://app.example'",
                "method.response.header.Access-Control-Max-Age": "'3600'",
                "method.response.header.Vary": "'Origin'",
            },
        }


def test_errors_of_api_gateway_have_cors_headers(one_origin: Template) -> None:
    """Without them a browser hides a 403 or 504 from the page."""
    responses = body_of(one_origin)["x-amazon-apigateway-gateway-responses"]

    assert responses.keys() == {"DEFAULT_4XX", "DEFAULT_5XX"}
    for response in responses.values():
        assert response["responseParameters"] == {
            "gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example'",
            "gatewayresponse.header.Access-Control-Allow-Credentials": "'true'",
            "gatewayresponse.header.Access-Control-Expose-Headers": "'X-Request-Id'",
            "gatewayresponse.header.Vary": "'Origin'",
        }


def test_the_cors_environment_has_the_same_values(stack: Stack) -> None:
    """A user can pass it to another function."""
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        cors=CorsOptions(allow_origins=["https://a.example", "https://b.example"]),
    )

    assert api.cors_environment["CORS_ALLOW_ORIGINS"] == "https://a.example,https://b.example"


def test_several_origins_are_matched_by_the_preflight(stack: Stack) -> None:
    """A template returns the origin of the request, the only way in API Gateway."""
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        cors=CorsOptions(allow_origins=["https://a.example", "https://b.example"]),
    )

    template = synthesize(stack)
    (response,) = integration(template, "/", "OPTIONS")["responses"].values()
    assert '$origin == "https://b.example"' in response["responseTemplates"]["application/json"]
    responses = body_of(template)["x-amazon-apigateway-gateway-responses"]
    assert (
        responses["DEFAULT_4XX"]["responseParameters"][
            "gatewayresponse.header.Access-Control-Allow-Origin"
        ]
        == "'*'"
    )


def test_a_route_may_respond_to_preflights(stack: Stack) -> None:
    """An OPTIONS route of the user is unchanged."""
    api = StreamingRestApi(
        stack, "Api", handler=new_function(stack), cors=CorsOptions(allow_origins=["*"])
    )
    api.add_route("/own", methods=["OPTIONS", "GET"])

    assert integration(synthesize(stack), "/own", "OPTIONS")["type"] == "aws_proxy"


def test_without_cors_there_is_no_preflight(minimal: Template) -> None:
    """There are no gateway responses, either."""
    assert "options" not in body_of(minimal)["paths"]["/"]
    assert "x-amazon-apigateway-gateway-responses" not in body_of(minimal)


def test_binary_media_types_do_not_break_the_preflight(stack: Stack) -> None:
    """The mock receives text all the same."""
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        cors=CorsOptions(allow_origins=["*"]),
        binary_media_types=["*/*"],
    )

    template = synthesize(stack)
    assert integration(template, "/", "OPTIONS")["contentHandling"] == "CONVERT_TO_TEXT"
    assert only(template, "AWS::ApiGateway::RestApi")["BinaryMediaTypes"] == ["*/*"]
