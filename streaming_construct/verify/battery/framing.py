"""Where a response ends: chunks, lengths, and responses without a body."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery.programs import (
    PROXY_STREAM,
    TRANSFER_MODE,
    create_program_request,
    create_text_prelude,
    create_writes,
)
from streaming_construct.verify.battery.theme import Theme
from streaming_construct.verify.case import CaseRequest

_RESPONSES: Final = "local-gateway.md#responses"
_HEADERS: Final = "local-gateway.md#response-headers"


_case: Final = Theme(name="framing", id_prefix="framing", page=_HEADERS).case


CASES: Final = (
    _case(
        "chunked",
        "A stream without a `Content-Length` uses chunked encoding.",
        create_program_request(writes=create_writes("one", "two")),
        {"framing": "chunked", "has_header:content-length": False, "is_complete": True},
        source_url=TRANSFER_MODE,
    ),
    _case(
        "empty-stream",
        "A stream without a body is complete.",
        create_program_request(writes=create_writes("")),
        {"status": 200, "framing": "chunked", "is_complete": True, "body_length": 0},
    ),
    _case(
        "buffered",
        "A BUFFERED response has a `Content-Length`.",
        create_program_request("/buffered", response={"statusCode": 200, "body": "body"}),
        {"framing": "length", "header:content-length": "4", "is_complete": True},
        source_url=TRANSFER_MODE,
    ),
    _case(
        "length-too-long",
        "A body with less data than its `Content-Length` is truncated.",
        create_program_request(
            prelude=create_text_prelude(Content_Length="9"), writes=create_writes("body")
        ),
        {"status": 200, "framing": "length", "body": "body", "is_complete": False},
        page=_RESPONSES,
    ),
    _case(
        "length-too-short",
        "A body with more data than its `Content-Length` has no more than this length.",
        create_program_request(
            prelude=create_text_prelude(Content_Length="3"),
            writes=[{"text": "one"}, {"text": "two", "after_ms": 300}],
        ),
        {"status": 200, "framing": "length", "body": "one"},
        page=_RESPONSES,
    ),
    _case(
        "length-invalid",
        "A stream whose `Content-Length` is no number results in status 500.",
        create_program_request(
            prelude=create_text_prelude(Content_Length="many"), writes=create_writes("body")
        ),
        {"status": 500},
        page=_RESPONSES,
    ),
    _case(
        "head",
        "The response to HEAD has the headers of the function and no body.",
        create_program_request(
            method="HEAD", prelude=create_text_prelude(X_Kept="yes"), writes=create_writes("body")
        ),
        {"status": 200, "header:x-kept": "yes", "body_length": 0, "is_complete": True},
    ),
    _case(
        "head-with-length",
        "The response to HEAD keeps the `Content-Length` of the function.",
        create_program_request(
            method="HEAD",
            prelude=create_text_prelude(Content_Length="4"),
            writes=create_writes("body"),
        ),
        {"status": 200, "header:content-length": "4", "body_length": 0, "is_complete": True},
    ),
    _case(
        "head-buffered",
        "The response to HEAD of a BUFFERED integration has no body.",
        create_program_request(
            "/buffered", method="HEAD", response={"statusCode": 200, "body": "body"}
        ),
        {"status": 200, "body_length": 0, "is_complete": True},
    ),
    _case(
        "status-204",
        "A stream with status 204 has no body and no chunked encoding.",
        create_program_request(prelude=create_text_prelude(204), writes=create_writes("body")),
        {"status": 204, "framing": "none", "body_length": 0, "is_complete": True},
    ),
    _case(
        "status-304",
        "A stream with status 304 has no body and no chunked encoding.",
        create_program_request(
            prelude=create_text_prelude(304, ETag='"1"'), writes=create_writes("body")
        ),
        {"status": 304, "header:etag": '"1"', "framing": "none", "body_length": 0},
    ),
    _case(
        "status-204-buffered",
        "A BUFFERED response with status 204 has no body.",
        create_program_request("/buffered", response={"statusCode": 204, "body": ""}),
        {"status": 204, "body_length": 0, "is_complete": True},
    ),
    _case(
        "http-1.0",
        "A client of HTTP/1.0 gets the stream without chunked encoding.",
        CaseRequest(raw=b"GET /{stage}/generator?count=2 HTTP/1.0\r\nHost: {host}\r\n\r\n"),
        {"status": 200, "framing": "close", "body": "line 0\nline 1\n", "is_complete": True},
    ),
    _case(
        "connection-close",
        "A client that asks for it gets a closed connection after the complete stream.",
        create_program_request(headers=(("Connection", "close"),), writes=create_writes("body")),
        {"status": 200, "framing": "chunked", "body": "body", "is_complete": True},
    ),
    _case(
        "expect-continue",
        "A request with `Expect: 100-continue` reaches the function with its body.",
        CaseRequest(
            path="/any",
            method="POST",
            headers=(("Expect", "100-continue"),),
            body=b"text",
        ),
        {"status": 200, "event:/body": "text", "is_complete": True},
    ),
    _case(
        "binary",
        "A stream can be binary without `binaryMediaTypes`.",
        create_program_request(
            prelude={"statusCode": 200, "headers": {"Content-Type": "application/octet-stream"}},
            writes=[{"base64": "AP+A/w==", "repeat": 100}],
        ),
        {"status": 200, "body_length": 400, "is_complete": True},
        source_url=PROXY_STREAM,
    ),
    _case(
        "delimiter-in-body",
        "Eight NUL bytes in the body are part of the body.",
        create_program_request(
            writes=[{"text": "before"}, {"base64": "AAAAAAAAAAA="}, {"text": "after"}]
        ),
        {"status": 200, "body_length": 19},
    ),
)
