"""Operation overrides of an OpenAPI document, and integrations in the document."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk.aws_apigateway import ThrottleSettings

from streaming_construct import OpenApi, OpenApiOptions, RouteOptions, StreamingRestApi
from tests.constructs.routes.openapi_documents import (
    BUFFERED,
    PETS,
    SCHEMES_AND_MODELS,
    STREAMING_URI,
    document,
    error_of,
    operation,
    warnings_of,
)
from tests.support.synthesis import integration, new_function, only, synthesize


def test_the_most_specific_override_applies_by_field(stack: Stack) -> None:
    """Path and method precede operationId, which precedes the tag. Unset fields come from the
    next."""
    special = new_function(stack, "Special")
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        openapi=OpenApiOptions(
            document=document(
                {
                    "/pets": PETS["/pets"],
                    "/pets/{id}": {
                        "get": {
                            **PETS["/pets/{id}"]["get"],
                            "x-streaming-construct": {
                                "timeout": 9,
                                "throttle": {"rate": 1, "burst": 2},
                            },
                        }
                    },
                },
                **SCHEMES_AND_MODELS,
            ),
            operation_overrides={
                "pets": RouteOptions(timeout=Duration.seconds(30), handler=special),
                "pet": RouteOptions(timeout=Duration.seconds(20)),
                "GET /pets/{id}": RouteOptions(timeout=Duration.seconds(10)),
                "addPet": RouteOptions(throttle=ThrottleSettings(rate_limit=5, burst_limit=10)),
            },
        ),
    )
    template = synthesize(stack)

    def of(path: str, method: str) -> dict[str, Any]:
        return integration(template, path, method)

    assert of("/pets", "GET")["timeoutInMillis"] == 30_000
    assert of("/pets/{id}", "GET")["timeoutInMillis"] == 10_000
    assert "Special" in json.dumps(of("/pets/{id}", "GET")["uri"])
    throttled = {
        (method_setting["HttpMethod"], method_setting["ResourcePath"]): method_setting[
            "ThrottlingRateLimit"
        ]
        for method_setting in only(template, "AWS::ApiGateway::Stage")["MethodSettings"]
        if "ThrottlingRateLimit" in method_setting
    }
    assert throttled == {("*", "/*"): 100, ("POST", "/~1pets"): 5, ("GET", "/~1pets~1{id}"): 1}


def test_an_integration_in_the_document_is_kept_and_completed(stack: Stack) -> None:
    """Only missing members are added. An override precedes it."""
    paths = {
        "/own": {"get": operation(**{"x-amazon-apigateway-integration": {"uri": STREAMING_URI}})},
        "/timeout": {
            "get": operation(
                **{
                    "x-amazon-apigateway-integration": {
                        "timeoutInMillis": 7000,
                        "cacheNamespace": "mine",
                    }
                }
            )
        },
        "/mock": {"get": operation(**{"x-amazon-apigateway-integration": {"type": "mock"}})},
        "/taken": {"get": operation(**{"x-amazon-apigateway-integration": {"type": "mock"}})},
        "/web": {
            "get": operation(
                **{
                    "x-amazon-apigateway-integration": {
                        "type": "http_proxy",
                        "httpMethod": "GET",
                        "uri": "https://a.example",
                    }
                }
            )
        },
    }
    function = new_function(stack)
    StreamingRestApi(
        stack,
        "Api",
        handler=function,
        openapi=OpenApiOptions(
            document=document(paths),
            operation_overrides={"GET /taken": RouteOptions(handler=function)},
        ),
    )
    template = synthesize(stack)

    definition = integration(template, "/own", "GET")
    assert definition["uri"] == STREAMING_URI
    assert definition["responseTransferMode"] == "STREAM"
    assert definition["timeoutInMillis"] == 900_000
    assert "Fn::GetAtt" in definition["credentials"]
    completed = integration(template, "/timeout", "GET")
    assert completed["timeoutInMillis"] == 7000
    assert completed["cacheNamespace"] == "mine"
    assert completed["type"] == "aws_proxy"
    assert integration(template, "/mock", "GET") == {"type": "mock"}
    assert integration(template, "/taken", "GET")["type"] == "aws_proxy"
    assert integration(template, "/web", "GET") == {
        "type": "http_proxy",
        "httpMethod": "GET",
        "uri": "https://a.example",
        "responseTransferMode": "STREAM",
        "timeoutInMillis": 900_000,
    }
    assert warnings_of(stack, "openapi-dropped") == []


def overridden(overrides: dict[str, Any], paths: dict[str, Any] = PETS) -> dict[str, Any]:
    """Return the arguments of an API of a document with operation overrides."""
    source = document(paths, **(SCHEMES_AND_MODELS if paths is PETS else {}))
    return {"openapi": OpenApiOptions(document=source, operation_overrides=overrides)}


REJECTED: dict[str, tuple[Callable[[Stack], dict[str, Any]], str]] = {
    "a name that nothing has": (
        lambda _: overridden({"GET /pet": RouteOptions()}),
        "Did you mean 'GET /pets'",
    ),
    "an override that is no route": (
        lambda _: overridden({"pets": {"timeout": 3}}),
        "override pets: the value is a dict. Write RouteOptions(...)",
    ),
    "a name that is no text": (
        lambda _: overridden({5: RouteOptions()}),  # type: ignore[dict-item] # on purpose
        "override 5: 5 is not a text. Write 'METHOD /path'",
    ),
    "a quota that is no number": (
        lambda _: {"openapi": OpenApiOptions(document=document({}), max_resources=True)},
        "max_resources is True, not an int. Pass a whole number",
    ),
    "a version that is unknown": (
        lambda _: {"openapi": OpenApi.from_dict({"openapi": "4.0.0"})},
        "- the document: /openapi: version '4.0.0' is not supported. Use OpenAPI 3.0 to 3.2, or Sw",
    ),
    "a mode as text": (
        lambda _: overridden({"pets": RouteOptions(response_transfer_mode="STREAM")}),  # type: ignore[arg-type] # on purpose
        "transfer_mode is 'STREAM', not a ResponseTransferMode",
    ),
    "a document that was not read": (
        lambda _: {"openapi": {"openapi": "3.0.0"}},
        "Write OpenApi.from_file(...)",
    ),
    "a handler that is none": (
        lambda _: overridden({"pets": RouteOptions(handler="chat")}),  # type: ignore[arg-type] # on purpose
        "override pets: the handler is the text 'chat'",
    ),
    "no handler at all": (
        lambda _: {"handler": None, "openapi": document(PETS, **SCHEMES_AND_MODELS)},
        "1 problem, nothing was created\n  - the API: the handler is missing",
    ),
    "a timeout that is too long": (
        lambda _: overridden({"addPet": RouteOptions(timeout=Duration.minutes(16))}),
        "route POST /pets: API Gateway does not accept a timeout of 960000 ms",
    ),
    "an extension that says nothing": (
        lambda _: {
            "openapi": document(
                {"/a": {"get": operation(**{"x-streaming-construct": {"transfermode": 1}})}}
            )
        },
        "operation GET /a: x-streaming-construct: 'transfermode' is not one of the members",
    ),
    "a mode that the document's URI does not go with": (
        lambda _: overridden(
            {"GET /a": RouteOptions(response_transfer_mode=BUFFERED)},
            {
                "/a": {
                    "get": operation(**{"x-amazon-apigateway-integration": {"uri": STREAMING_URI}})
                }
            },
        ),
        "x-amazon-apigateway-integration: uri does not end as that of a BUFFERED integration does",
    ),
    "two words on what is served as one": (
        lambda _: overridden(
            {
                "GET /a": RouteOptions(timeout=Duration.seconds(1)),
                "GET /a/": RouteOptions(timeout=Duration.seconds(2)),
            },
            {"/a": {"get": operation()}, "/a/": {"get": operation()}},
        ),
        "serves it as GET /a together with other operations, which have another timeout",
    ),
    "a negative timeout": (
        lambda _: {
            "openapi": document(
                {"/a": {"get": operation(**{"x-streaming-construct": {"timeout": -1}})}}
            )
        },
        "x-streaming-construct: timeout is -1, not a number of seconds",
    ),
    "more resources than there may be": (
        lambda _: {"openapi": document({f"/p{n}": {"get": operation()} for n in range(301)})},
        "301 resources, including parents, exceed the quota of 300",
    ),
}


@pytest.mark.parametrize("case", REJECTED)
def test_overrides_that_cannot_work_are_an_error(case: str, stack: Stack) -> None:
    """No resource is created."""
    options, words = REJECTED[case]

    assert words in error_of(stack, **options(stack))
