"""The adapter's translation of events and responses."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from streaming_construct.local.lambda_.runtimes.web_adapter_translation import (
    AppRequest,
    build_prelude,
    build_proxy_response,
    convert_event_to_request,
)


def translate(event: dict[str, Any], **options: str) -> AppRequest:
    payload = json.dumps({"httpMethod": "GET", "path": "/", **event}).encode()
    arguments = {"pass_through_path": "/events", **options}
    return convert_event_to_request(payload, context={"request_id": "1"}, **arguments)


def test_query_values_are_repeated_and_encoded_again() -> None:
    """The event has decoded values. The app receives the query of the client."""
    event = {"multiValueQueryStringParameters": {"a": ["1", "x y"], "é": ["&"]}}

    assert translate(event).target == "/?a=1&a=x+y&%C3%A9=%26"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/a b/é", "/a%20b/%C3%A9"),
        ("/a%2Fb", "/a%2Fb"),
        ("/a/{b}", "/a/%7Bb%7D"),
        ("/a^b|c", "/a^b|c"),
        ("", "/"),
    ],
)
def test_a_path_becomes_a_request_target(path: str, target: str) -> None:
    """Encoded characters stay encoded. Characters that a request line cannot contain are
    encoded."""
    assert translate({"path": path}).target == target


@pytest.mark.parametrize(
    ("path", "target"),
    [("/api/x", "/x"), ("/api", "/"), ("/apix", "/apix"), ("/api/api/x", "/api/x"), ("/x", "/x")],
)
def test_one_leading_segment_is_removed(path: str, target: str) -> None:
    """The base path is removed once, and only as a complete segment."""
    assert translate({"path": path}, remove_base_path="/api").target == target


def test_headers_collapse_and_are_completed() -> None:
    """The last of a repeated header applies, framing is dropped, and the contexts are added.

    Text beyond ASCII is sent as UTF-8.
    """
    event = {
        "multiValueHeaders": {
            "X-A": ["1", "2"],
            "Content-Length": ["9"],
            "X-B": ["b"],
            "X-Text": ["é\t€"],
            "X-Line": ["a\nb"],
        },
        "headers": {"X-B": "c", "x-amzn-request-context": "forged"},
        "requestContext": {"stage": "prod"},
    }
    headers = dict(translate(event, trace_id="Root=1").headers)

    assert headers == {
        "x-a": "2",
        "x-b": "c",
        "x-text": "é\t€".encode().decode("latin-1"),
        "x-amzn-trace-id": "Root=1",
        "x-amzn-request-context": '{"stage": "prod"}',
        "x-amzn-lambda-context": '{"request_id": "1"}',
    }


def test_bodies_are_decoded() -> None:
    """Base64 becomes its bytes, text becomes UTF-8."""
    encoded = base64.b64encode(b"\0\xff").decode()

    assert translate({"body": encoded, "isBase64Encoded": True}).body == b"\0\xff"
    assert translate({"body": "é"}).body == "é".encode()


def test_other_events_are_posted_to_the_pass_through_path() -> None:
    """An event of another service is the body of a POST."""
    request = convert_event_to_request(b'{"Records": []}', context={}, pass_through_path="/events")

    assert (request.method, request.target) == ("POST", "/events")
    assert request.body == b'{"Records": []}'


@pytest.mark.parametrize(
    "payload",
    [b"no JSON", b'{"httpMethod": "GET", "path": "/", "body": "%", "isBase64Encoded": true}'],
)
def test_an_invalid_event_is_an_error(payload: bytes) -> None:
    """Invalid JSON or base64 is not guessed."""
    with pytest.raises(ValueError, match=r"Expecting|base64|padding"):
        convert_event_to_request(payload, context={}, pass_through_path="/events")


def test_a_prelude_is_as_the_adapter_writes_it() -> None:
    """Cookies are separate, repeated headers are arrays, non-ASCII values are dropped."""
    headers = [("X-Dup", "a"), ("x-dup", "b"), ("Set-Cookie", "c=1"), ("X-Latin", "\xe9")]

    assert build_prelude(204, [*headers, ("Transfer-Encoding", "chunked")]) == {
        "statusCode": 204,
        "headers": {
            "x-dup": ["a", "b"],
            "x-latin": [],
            "content-type": "application/octet-stream",
        },
        "cookies": ["c=1"],
    }


@pytest.mark.parametrize(
    ("headers", "data", "body", "encoded"),
    [
        ([("Content-Type", "text/plain")], b"hi", "hi", False),
        ([("Content-Type", "application/problem+json")], b"{}", "{}", False),
        ([("Content-Type", "image/png")], b"hi", "aGk=", True),
        ([("Content-Type", "text/plain"), ("Content-Encoding", "gzip")], b"hi", "aGk=", True),
        ([("Content-Type", "text/plain")], b"\xff", "/w==", True),
    ],
)
def test_a_buffered_response_is_text_if_possible(
    headers: list[tuple[str, str]], data: bytes, body: str, encoded: bool
) -> None:
    """A body that is binary, compressed or not UTF-8 is base64."""
    response = json.loads(build_proxy_response(200, headers, data))

    assert (response["body"], response["isBase64Encoded"]) == (body, encoded)


def test_another_header_may_become_the_authorization() -> None:
    """The named header replaces that of the client. If it is absent, that of the client stays."""
    headers = {"Authorization": "the gateway's", "X-Own": "the app's"}
    renamed = dict(translate({"headers": headers}, authorization_source="X-Own").headers)
    absent = dict(translate({"headers": headers}, authorization_source="X-None").headers)

    assert renamed["authorization"] == "the app's"
    assert "x-own" not in renamed
    assert absent["authorization"] == "the gateway's"
