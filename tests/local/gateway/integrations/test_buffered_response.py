"""The response that the gateway makes from the JSON of a function."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.local.gateway.integrations.buffered_response import (
    MalformedProxyResponseError,
    parse_proxy_response,
)
from streaming_construct.local.gateway.response import Response

JSON = ("Content-Type", "application/json")


def convert(response: Any, *, accept: str | None = None, binary: tuple[str, ...] = ()) -> Response:
    return parse_proxy_response(
        json.dumps(response).encode(), accept=accept, binary_media_types=binary
    )


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({}, Response(200, (JSON,))),
        ({"statusCode": 201, "body": "hi"}, Response(201, (JSON,), b"hi")),
        ({"statusCode": "404", "body": None}, Response(404, (JSON,))),
        (
            {"headers": {"content-type": "text/plain", "A": True}},
            Response(200, (("content-type", "text/plain"), ("A", "true"))),
        ),
        (
            {"headers": {"A": "1", "B": "2"}, "multiValueHeaders": {"A": ["1", "3"], "B": ["4"]}},
            Response(200, (("B", "2"), ("A", "1"), ("A", "3"), ("B", "4"), JSON)),
        ),
        (
            {"headers": {"Content-Length": "9", "Connection": "close", "TE": "trailers"}},
            Response(
                200,
                (
                    ("x-amzn-Remapped-Content-Length", "9"),
                    ("x-amzn-Remapped-Connection", "close"),
                    JSON,
                ),
            ),
        ),
        ({"body": "ä"}, Response(200, (JSON,), "ä".encode())),
    ],
)
def test_a_proxy_response_becomes_an_http_response(response: Any, expected: Response) -> None:
    """Every member may be missing. Both kinds of headers are merged."""
    assert convert(response) == expected


@pytest.mark.parametrize(
    ("accept", "binary", "body"),
    [
        ("image/png", ("image/png",), b"\xff\x00"),
        ("image/png, */*", ("image/png",), b"\xff\x00"),
        ("*/*", ("*/*",), b"\xff\x00"),
        (None, ("*/*",), b"\xff\x00"),
        ("text/html, image/png", ("image/png",), b"/wA="),
        ("image/png", (), b"/wA="),
    ],
)
def test_base64_is_decoded_for_clients_that_accept_a_binary_type(
    accept: str | None, binary: tuple[str, ...], body: bytes
) -> None:
    """The first media type of Accept decides. Others get the base64 text."""
    response = {"body": "/wA=", "isBase64Encoded": True}

    assert convert(response, accept=accept, binary=binary).body == body


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "not JSON"),
        (b"null", "not a JSON object"),
        (b'"hello"', "not a JSON object"),
        (b'{"errorMessage": "boom", "errorType": "E"}', "unknown keys: errorMessage, errorType"),
        (b'{"cookies": []}', "unknown keys: cookies"),
        (b'{"statusCode": "ok"}', "statusCode"),
        (b'{"statusCode": 0}', "statusCode"),
        (b'{"statusCode": 200.5}', "statusCode"),
        (b'{"statusCode": []}', "statusCode"),
        (b'{"body": {}}', "body is not a string but dict"),
        (b'{"headers": {"A": ["1"]}}', "belong in multiValueHeaders"),
    ],
)
def test_a_malformed_response_is_named(payload: bytes, message: str) -> None:
    """API Gateway returns 502. The console has the reason."""
    with pytest.raises(MalformedProxyResponseError, match=message):
        parse_proxy_response(payload, accept=None, binary_media_types=())


def test_invalid_base64_is_malformed() -> None:
    """The body must be base64 if the function says so."""
    with pytest.raises(MalformedProxyResponseError, match="not base64"):
        convert({"body": "***", "isBase64Encoded": True}, binary=("*/*",))


def test_a_streamed_response_loses_its_body() -> None:
    """Behind a BUFFERED integration only status and headers of a prelude remain."""
    payload = b'{"statusCode": 202, "headers": {"A": "1"}}' + b"\0" * 8 + b"lost"

    assert parse_proxy_response(payload, accept=None, binary_media_types=()) == Response(
        202, (("A", "1"), JSON)
    )


@given(st.binary(max_size=100))
def test_any_output_is_a_response_or_a_named_error(payload: bytes) -> None:
    """No value that a function returns raises another error."""
    try:
        parse_proxy_response(payload, accept=None, binary_media_types=())
    except MalformedProxyResponseError as error:
        assert str(error)  # noqa: PT017 - the other outcome is as good
