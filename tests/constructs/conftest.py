"""Fixtures for the tests of constructs."""

from __future__ import annotations

import pytest
from aws_cdk import Duration, Stack
from aws_cdk.aws_apigateway import ResponseTransferMode, StageOptions, ThrottleSettings

from streaming_construct import StreamingRestApi
from tests.support.synthesis import Template, new_function, new_stack, synthesize


@pytest.fixture
def stack() -> Stack:
    """An empty stack in a new app."""
    return new_stack()


@pytest.fixture(scope="session")
def minimal() -> Template:
    """The template of the smallest API."""
    stack = new_stack()
    StreamingRestApi(stack, "Api", handler=new_function(stack))
    return synthesize(stack)


@pytest.fixture(scope="session")
def several_routes() -> Template:
    """The template of an API with routes of several functions, streamed and buffered."""
    stack = new_stack()
    chat, health = new_function(stack, "Chat"), new_function(stack, "Health")
    api = StreamingRestApi(
        stack,
        "Api",
        handler=chat,
        deploy_options=StageOptions(throttling_rate_limit=100, throttling_burst_limit=50),
    )
    api.add_route(
        "/chat/{id}",
        methods=["post", "GET"],
        timeout=Duration.minutes(2),
        throttle=ThrottleSettings(rate_limit=5, burst_limit=10),
    )
    api.add_route(
        "/health",
        methods=["GET"],
        handler=health,
        response_transfer_mode=ResponseTransferMode.BUFFERED,
    )
    api.add_route("/any", throttle=ThrottleSettings(rate_limit=1, burst_limit=1))
    return synthesize(stack)
