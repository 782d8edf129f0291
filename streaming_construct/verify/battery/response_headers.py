"""Headers of functions: renamed, dropped, repeated, and those of the gateway."""

from __future__ import annotations

import json
from typing import Any, Final

from streaming_construct.verify.battery.programs import (
    KNOWN_ISSUES,
    PROXY_BUFFERED,
    PROXY_STREAM,
    create_program_request,
    create_text_prelude,
    create_writes,
)
from streaming_construct.verify.battery.theme import Theme
from streaming_construct.verify.case import Case, CaseRequest, Facts

_PAGE: Final = "local-gateway.md#response-headers"
_RENAMED: Final = (
    "Authorization",
    "Connection",
    "Content-MD5",
    "Date",
    "Max-Forwards",
    "Server",
    "User-Agent",
    "WWW-Authenticate",
)
_DROPPED: Final = (
    "Expect",
    "Host",
    "Keep-Alive",
    "Proxy-Authenticate",
    "TE",
    "Trailer",
    "Upgrade",
    "Via",
)


_case: Final = Theme(name="response headers", id_prefix="headers", page=_PAGE).case


def _create_streamed_request(**headers: str) -> CaseRequest:
    return create_program_request(
        prelude=create_text_prelude(200, **headers), writes=create_writes("body")
    )


def _create_prelude_request(**members: Any) -> CaseRequest:
    return create_program_request(
        prelude={"statusCode": 200, **members}, writes=create_writes("body")
    )


def _create_buffered_request(**members: Any) -> CaseRequest:
    return create_program_request(
        "/buffered", response={"statusCode": 200, "body": "body", **members}
    )


def _create_renamed_header_case(name: str) -> Case:
    lower = name.lower()
    expected: Facts = {"status": 200, f"header:x-amzn-remapped-{lower}": "of-the-function"}
    return _case(
        f"renamed-{lower}",
        f"`{name}` of a function is renamed to `x-amzn-Remapped-{name}`.",
        _create_streamed_request(**{name.replace("-", "_"): "of-the-function"}),
        expected,
        source_url=KNOWN_ISSUES,
    )


def _create_dropped_header_case(name: str) -> Case:
    return _case(
        f"dropped-{name.lower()}",
        f"`{name}` of a function is dropped.",
        _create_streamed_request(**{name.replace("-", "_"): "of-the-function"}),
        {"status": 200, f"header:{name.lower()}": None},
        source_url=None if name == "Keep-Alive" else KNOWN_ISSUES,
    )


CASES: Final = (
    *map(_create_renamed_header_case, _RENAMED),
    *map(_create_dropped_header_case, _DROPPED),
    _case(
        "renamed-buffered",
        "The headers of a BUFFERED response are renamed, too.",
        _create_buffered_request(headers={"Server": "mine", "WWW-Authenticate": "Bearer"}),
        {
            "header:x-amzn-remapped-server": "mine",
            "header:x-amzn-remapped-www-authenticate": "Bearer",
            "header:www-authenticate": None,
        },
        source_url=KNOWN_ISSUES,
    ),
    _case(
        "buffered-content-length",
        "The `Content-Length` of a BUFFERED function is renamed, and API Gateway adds its own.",
        _create_buffered_request(headers={"Content-Length": "99"}),
        {"header:x-amzn-remapped-content-length": "99", "header:content-length": "4"},
        page="local-gateway.md#differences-and-undocumented-behavior",
    ),
    _case(
        "stream-content-length",
        "A stream with a `Content-Length` keeps it.",
        _create_streamed_request(Content_Length="4"),
        {"framing": "length", "header:content-length": "4", "body": "body", "is_complete": True},
        source_url=PROXY_STREAM,
    ),
    _case(
        "stream-transfer-encoding",
        "A stream with `Transfer-Encoding: chunked` uses chunked encoding once.",
        _create_streamed_request(Transfer_Encoding="chunked"),
        {"framing": "chunked", "header:transfer-encoding": "chunked", "body": "body"},
        source_url=PROXY_STREAM,
    ),
    _case(
        "stream-length-and-transfer-encoding",
        "Of a length and chunked encoding, chunked encoding remains.",
        _create_streamed_request(Content_Length="4", Transfer_Encoding="chunked"),
        {"framing": "chunked", "header:content-length": None, "body": "body"},
    ),
    _case(
        "multi-value",
        "A name in `multiValueHeaders` is sent once for each value.",
        _create_prelude_request(multiValueHeaders={"X-Many": ["one", "two"]}),
        {"header:x-many": ["one", "two"]},
        source_url=PROXY_STREAM,
    ),
    _case(
        "multi-value-precedence",
        "`multiValueHeaders` take precedence over `headers` in a prelude.",
        _create_prelude_request(
            headers={"X-Many": "zero"}, multiValueHeaders={"x-many": ["one", "two"]}
        ),
        {"header:x-many": ["one", "two"]},
    ),
    _case(
        "multi-value-buffered",
        "A BUFFERED response merges `headers` and `multiValueHeaders`, each pair once.",
        _create_buffered_request(
            headers={"X-Many": "one", "X-Single": "s"},
            multiValueHeaders={"X-Many": ["one", "two"]},
        ),
        {"header:x-many": ["one", "two"], "header:x-single": "s"},
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "cookies",
        "Each of the `cookies` of a prelude becomes a `Set-Cookie` header.",
        _create_prelude_request(cookies=["a=1; Path=/", "b=2; Path=/"]),
        {"header:set-cookie": ["a=1; Path=/", "b=2; Path=/"]},
        source_url=PROXY_STREAM,
    ),
    _case(
        "cookies-of-a-web-app",
        "The cookies of a web app behind the Web Adapter reach the client.",
        CaseRequest(path="/web?count=1&headers=cookies"),
        {"status": 200, "header:set-cookie": ["a=1; Path=/", "b=2; Path=/"]},
    ),
    _case(
        "repeated-by-a-web-app",
        "A header that a web app behind the Web Adapter repeats results in status 500.",
        CaseRequest(path="/web?count=1&headers=repeated"),
        {"status": 500},
    ),
    _case(
        "repeated-by-a-native-app",
        "A header that an ASGI app repeats on the Python runtime reaches the client twice.",
        CaseRequest(path="/native?count=1&headers=repeated"),
        {"status": 200, "header:x-repeated": ["one", "two"]},
    ),
    _case(
        "cookies-of-a-native-app",
        "The cookies of an ASGI app on the Python runtime reach the client.",
        CaseRequest(path="/native?count=1&headers=cookies"),
        {"status": 200, "header:set-cookie": ["a=1; Path=/", "b=2; Path=/"]},
    ),
    _case(
        "kept",
        "Headers about caching and buffering reach the client.",
        _create_streamed_request(
            Cache_Control="no-cache, no-transform", X_Accel_Buffering="no", ETag='"1"', X_Empty=""
        ),
        {
            "header:cache-control": "no-cache, no-transform",
            "header:x-accel-buffering": "no",
            "header:etag": '"1"',
            "header:x-empty": "",
        },
        source_url=PROXY_STREAM,
    ),
    _case(
        "boolean",
        "A boolean in `headers` becomes its text.",
        _create_prelude_request(headers={"X-Flag": True}),
        {"status": 200, "header:x-flag": "true"},
    ),
    _case(
        "content-type-default-buffered",
        "A BUFFERED response without a type has `application/json`.",
        _create_buffered_request(),
        {"header:content-type": "application/json"},
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "location",
        "A redirect keeps its `Location`, which API Gateway does not change.",
        create_program_request(
            prelude=create_text_prelude(302, Location="/elsewhere"), writes=create_writes("")
        ),
        {"status": 302, "header:location": "/elsewhere"},
    ),
    _case(
        "content-encoding",
        "A stream with `Content-Encoding` arrives as the function writes it.",
        create_program_request(
            prelude=create_text_prelude(Content_Encoding="br"), writes=[{"base64": "iwGAYm9keQM="}]
        ),
        {"status": 200, "header:content-encoding": "br", "body_length": 8},
    ),
    _case(
        "not-compressed",
        "API Gateway does not compress without `minimumCompressionSize`.",
        create_program_request(
            headers=(("Accept-Encoding", "gzip, br"),), writes=[{"text": "text\n", "repeat": 500}]
        ),
        {"has_header:content-encoding": False, "body_length": 2500},
    ),
    _case(
        "line-end",
        "A header value with a line end results in status 500.",
        create_program_request(
            prelude_text=json.dumps(create_text_prelude(X_Bad="one\r\nX-Two: 2"))
        ),
        {"status": 500, "has_header:x-two": False},
    ),
)
