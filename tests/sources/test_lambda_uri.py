"""Integration URIs, taken apart."""

from __future__ import annotations

import pytest

from streaming_construct.sources.lambda_uri import LambdaUri, parse_lambda_uri

STREAM = (
    "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/{}"
    "/response-streaming-invocations"
)
BUFFERED = "arn:aws-cn:apigateway:cn-north-1:lambda:path/2015-03-31/functions/{}/invocations"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:chat"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (STREAM.format(ARN), LambdaUri("chat", None, streaming=True)),
        (STREAM.format(f"{ARN}:live"), LambdaUri("chat", "live", streaming=True)),
        (STREAM.format(f"{ARN}:$LATEST"), LambdaUri("chat", "$LATEST", streaming=True)),
        (BUFFERED.format(f"{ARN}:7"), LambdaUri("chat", "7", streaming=False)),
        (BUFFERED.format("chat"), LambdaUri("chat", None, streaming=False)),
        (BUFFERED.format("123456789012:function:chat"), LambdaUri("chat", None, streaming=False)),
    ],
)
def test_function_qualifier_and_mode_are_read(uri: str, expected: LambdaUri) -> None:
    """Both API versions, every partition, and every way to name a function."""
    assert parse_lambda_uri(uri) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://example.com",
        ARN,
        STREAM.format(""),
        STREAM.format("a/b"),
        STREAM.format(ARN).replace("2021-11-15", "2015-03-31"),
        BUFFERED.format(ARN).replace("/invocations", "/response-streaming-invocations"),
    ],
)
def test_anything_else_is_not_a_lambda_uri(uri: str) -> None:
    """Version and action have to agree."""
    assert parse_lambda_uri(uri) is None
