"""`x-streaming-construct`: how an operation of a document is served."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.openapi import OpenApi
from streaming_construct.openapi.integration_extension import read_integration_extension
from streaming_construct.openapi.reader.operations import Operation
from streaming_construct.openapi.streaming_extension import (
    StreamingExtension,
    read_streaming_extension,
)
from streaming_construct.openapi.streaming_media_types import has_streamed_response

URI = "arn:aws:apigateway:eu-west-1:lambda:path/{}/functions/{}/{}"
ARN = "arn:aws:lambda:eu-west-1:111122223333:function:chat"
STREAMING = URI.format("2021-11-15", ARN, "response-streaming-invocations")
BUFFERED = URI.format("2015-03-31", ARN, "invocations")


def operation(**members: Any) -> Operation:
    paths = {"/x": {"get": {"responses": {}, **members}}}
    conversion = OpenApi.from_dict({"openapi": "3.0.0", "paths": paths}).convert()
    (source,) = conversion.sources.values()
    return source


def test_all_members_are_read() -> None:
    """The timeout is in seconds."""
    extension = {"transferMode": "BUFFERED", "timeout": 2.5, "throttle": {"rate": 5, "burst": 10}}

    assert read_streaming_extension(operation(**{"x-streaming-construct": extension})) == (
        StreamingExtension(
            transfer_mode=TransferMode.BUFFERED,
            timeout_ms=2500,
            throttle=Throttle(rate=5, burst=10),
        ),
        [],
    )
    assert read_streaming_extension(operation()) == (StreamingExtension(), [])


def test_all_problems_are_reported_at_once() -> None:
    """No member of an invalid extension applies."""
    extension = {
        "transferMode": ["STREAM"],
        "timeout": "20",
        "throttle": {"rps": 1},
        "mode": "STREAM",
    }
    serving, problems = read_streaming_extension(operation(**{"x-streaming-construct": extension}))

    assert serving == StreamingExtension()
    assert [problem.split()[0] for problem in problems] == [
        "'mode'",
        "transferMode",
        "timeout",
        "throttle",
    ]


@pytest.mark.parametrize(
    ("media_type", "streamed"),
    [
        ("text/event-stream", True),
        ("Text/Event-Stream; charset=utf-8", True),
        ("application/x-ndjson", True),
        ("application/jsonl", True),
        ("application/json", False),
        ("text/plain", False),
    ],
)
def test_a_streaming_media_type_is_a_stream(media_type: str, *, streamed: bool) -> None:
    """Parameters and case do not matter."""
    responses = {"200": {"description": "", "content": {media_type: {}}}}

    assert has_streamed_response(operation(responses=responses)) is streamed


def test_swagger_2_has_media_types_in_produces() -> None:
    """For the operation or for the document."""
    paths = {"/x": {"get": {"responses": {"200": {"description": "", "schema": {}}}}}}
    document = {"swagger": "2.0", "produces": ["text/event-stream"], "paths": paths}
    (source,) = OpenApi.from_dict(document).convert().sources.values()

    assert has_streamed_response(source)


@pytest.mark.parametrize(
    ("members", "mode"),
    [
        ({}, None),
        ({"responseTransferMode": "STREAM"}, TransferMode.STREAM),
        ({"uri": STREAMING}, TransferMode.STREAM),
        ({"uri": BUFFERED}, TransferMode.BUFFERED),
        ({"uri": {"Fn::Sub": STREAMING}}, TransferMode.STREAM),
        ({"type": "MOCK"}, TransferMode.BUFFERED),
        ({"type": "http_proxy", "uri": "https://a.example"}, None),
    ],
)
def test_the_mode_of_an_integration_follows_from_its_members(
    members: dict[str, Any], mode: TransferMode | None
) -> None:
    """Its mode, its type or its URI."""
    declared, problems = read_integration_extension(
        operation(**{"x-amazon-apigateway-integration": members})
    )

    assert problems == []
    assert declared.transfer_mode is mode


def test_only_a_literal_function_arn_is_granted() -> None:
    """The value of an intrinsic function or a stage variable is unknown to the role."""

    def granted(**members: Any) -> str | None:
        declared, _ = read_integration_extension(
            operation(**{"x-amazon-apigateway-integration": members})
        )
        return declared.to_integration(TransferMode.STREAM, 900_000, "role").function

    assert granted(uri=STREAMING) == ARN
    assert granted(uri=STREAMING, credentials="mine") is None
    assert granted(uri={"Fn::Sub": STREAMING}) is None
    assert granted(uri=STREAMING.replace("chat", "${stageVariables.f}")) is None


def test_a_malformed_integration_is_an_error() -> None:
    """The error lists all problems."""
    members = {"type": 1, "responseTransferMode": "stream", "timeoutInMillis": "1"}
    _, problems = read_integration_extension(
        operation(**{"x-amazon-apigateway-integration": members})
    )

    assert len(problems) == 3
