"""Warnings: each is reported once, has a permanent id, and can be acknowledged."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Annotations, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations as FoundAnnotations
from aws_cdk.assertions import Match
from aws_cdk.aws_apigateway import EndpointConfiguration, EndpointType, ResponseTransferMode

from streaming_construct import OpenApi, PythonWebFunction, StreamingRestApi
from tests.support.synthesis import new_function


def warnings_of(stack: Stack) -> list[str]:
    warnings = FoundAnnotations.from_stack(stack).find_warning("*", Match.any_value())
    return [str(warning.entry.data) for warning in warnings]


def edge(stack: Stack) -> StreamingRestApi:
    return StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        endpoint_configuration=EndpointConfiguration(types=[EndpointType.EDGE]),
    )


def default_timeout(stack: Stack) -> StreamingRestApi:
    api = StreamingRestApi(stack, "Api", handler=new_function(stack, timeout=None))
    api.add_route("/more")
    return api


def many_resources(stack: Stack) -> StreamingRestApi:
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    for number in range(300):
        api.add_route(f"/r{number}", methods=["GET"])
    return api


def reserved_path(stack: Stack) -> StreamingRestApi:
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    api.add_route("/ping", methods=["GET"])
    return api


def plain_python(stack: Stack) -> StreamingRestApi:
    function = lambda_.Function(
        stack,
        "Python",
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        timeout=Duration.minutes(1),
    )
    api = StreamingRestApi(stack, "Api", handler=function)
    api.add_route("/more")
    return api


def buffered_stream(stack: Stack) -> StreamingRestApi:
    function = PythonWebFunction(
        stack, "Web", entry="lambda_src/plain", command=["python", "-m", "http.server"]
    )
    api = StreamingRestApi(stack, "Api", proxy=False)
    api.add_route("/health", handler=function, response_transfer_mode=ResponseTransferMode.BUFFERED)
    return api


def compressed(stack: Stack) -> StreamingRestApi:
    document = {
        "openapi": "3.0.1",
        "info": {"title": "Chat", "version": "1"},
        "x-amazon-apigateway-minimum-compression-size": 100,
        "paths": {"/chat": {"get": {"responses": {"200": {"description": "said"}}}}},
    }
    return StreamingRestApi(
        stack, "Api", handler=new_function(stack), openapi=OpenApi.from_dict(document)
    )


CASES: dict[str, tuple[Any, str]] = {
    "edge-idle-timeout": (edge, "closes a stream that is idle for 30 s"),
    "function-timeout-default": (default_timeout, "ends after 3 s, Lambda's default"),
    "reserved-path": (reserved_path, "keeps the path for its own health check"),
    "function-may-not-stream": (plain_python, "its runtime python3.14 does not stream"),
    "function-always-streams": (buffered_stream, "return an empty body"),
    "stream-compressed": (compressed, "compresses responses from 100 bytes on"),
    "resource-quota-exceeded": (many_resources, "301 resources"),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_warning_is_reported_once(rule: str, stack: Stack) -> None:
    """The number of routes does not matter."""
    make, words = CASES[rule]
    make(stack)

    (warning,) = warnings_of(stack)
    assert words in warning
    assert f"[ack: streaming-construct:{rule}]" in warning


@pytest.mark.parametrize("rule", CASES)
def test_a_warning_can_be_acknowledged(rule: str, stack: Stack) -> None:
    """The id of the rule is the id of the acknowledgement."""
    make, _ = CASES[rule]
    Annotations.of(make(stack)).acknowledge_warning(f"streaming-construct:{rule}")

    assert not warnings_of(stack)


def test_an_api_with_defaults_has_no_warning(stack: Stack) -> None:
    """The defaults are not something to apologise for."""
    StreamingRestApi(stack, "Api", handler=new_function(stack))

    assert not warnings_of(stack)
