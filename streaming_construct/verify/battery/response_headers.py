"""Headers of functions: renamed, dropped, repeated, and those of the gateway."""

from __future__ import annotations

import json
from typing import Any, Final

from streaming_construct.verify.battery.programs import (
    KNOWN_ISSUES,
    PROXY_BUFFERED,
    PROXY_STREAM,
    program,
    text_prelude,
    writes,
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


def _streamed(**headers: str) -> CaseRequest:
    return program(prelude=text_prelude(200, **headers), writes=writes("body"))


def _prelude(**members: Any) -> CaseRequest:
    return program(prelude={"statusCode": 200, **members}, writes=writes("body"))


def _buffered(**members: Any) -> CaseRequest:
    return program("/buffered", response={"statusCode": 200, "body": "body", **members})


def _renamed(name: str) -> Case:
    lower = name.lower()
    expected: Facts = {"status": 200, f"header:x-amzn-remapped-{lower}": "of-the-function"}
    return _case(
        f"renamed-{lower}",
        f"`{name}` of a function is renamed to `x-amzn-Remapped-{name}`.",
        _streamed(**{name.replace("-", "_"): "of-the-function"}),
        expected,
        source_url=KNOWN_ISSUES,
    )


def _dropped(name: str) -> Case:
    return _case(
        f"dropped-{name.lower()}",
        f"`{name}` of a function is dropped.",
        _streamed(**{name.replace("-", "_"): "of-the-function"}),
        {"status": 200, f"header:{name.lower()}": None},
        source_url=None if name == "Keep-Alive" else KNOWN_ISSUES,
    )


CASES: Final = (
    *map(_renamed, _RENAMED),
    *map(_dropped, _DROPPED),
    _case(
        "renamed-buffered",
        "The headers of a BUFFERED response are renamed, too.",
        _buffered(headers={"Server": "mine", "WWW-Authenticate": "Bearer"}),
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
        _buffered(headers={"Content-Length": "99"}),
        {"header:x-amzn-remapped-content-length": "99", "header:content-length": "4"},
        page="local-gateway.md#differences-and-undocumented-behavior",
    ),
    _case(
        "stream-content-length",
        "A stream with a `Content-Length` keeps it.",
        _streamed(Content_Length="4"),
        {"framing": "length", "header:content-length": "4", "body": "body", "is_complete": True},
        source_url=PROXY_STREAM,
    ),
    _case(
        "stream-transfer-encoding",
        "A stream with `Transfer-Encoding: chunked` uses chunked encoding once.",
        _streamed(Transfer_Encoding="chunked"),
        {"framing": "chunked", "header:transfer-encoding": "chunked", "body": "body"},
        source_url=PROXY_STREAM,
    ),
    _case(
        "stream-length-and-transfer-encoding",
        "Of a length and chunked encoding, chunked encoding remains.",
        _streamed(Content_Length="4", Transfer_Encoding="chunked"),
        {"framing": "chunked", "header:content-length": None, "body": "body"},
    ),
    _case(
        "multi-value",
        "A name in `multiValueHeaders` is sent once for each value.",
        _prelude(multiValueHeaders={"X-Many": ["one", "two"]}),
        {"header:x-many": ["one", "two"]},
        source_url=PROXY_STREAM,
    ),
    _case(
        "multi-value-precedence",
        "`multiValueHeaders` take precedence over `headers` in a prelude.",
        _prelude(headers={"X-Many": "zero"}, multiValueHeaders={"x-many": ["one", "two"]}),
        {"header:x-many": ["one", "two"]},
    ),
    _case(
        "multi-value-buffered",
        "A BUFFERED response merges `headers` and `multiValueHeaders`, each pair once.",
        _buffered(
            headers={"X-Many": "one", "X-Single": "s"},
            multiValueHeaders={"X-Many": ["one", "two"]},
        ),
        {"header:x-many": ["one", "two"], "header:x-single": "s"},
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "cookies",
        "Each of the `cookies` of a prelude becomes a `Set-Cookie` header.",
        _prelude(cookies=["a=1; Path=/", "b=2; Path=/"]),
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
        _streamed(
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
        _prelude(headers={"X-Flag": True}),
        {"status": 200, "header:x-flag": "true"},
    ),
    _case(
        "content-type-default-buffered",
        "A BUFFERED response without a type has `application/json`.",
        _buffered(),
        {"header:content-type": "application/json"},
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "location",
        "A redirect keeps its `Location`, which API Gateway does not change.",
        program(prelude=text_prelude(302, Location="/elsewhere"), writes=writes("")),
        {"status": 302, "header:location": "/elsewhere"},
    ),
    _case(
        "content-encoding",
        "A stream with `Content-Encoding` arrives as the function writes it.",
        program(prelude=text_prelude(Content_Encoding="br"), writes=[{"base64": "iwGAYm9keQM="}]),
        {"status": 200, "header:content-encoding": "br", "body_length": 8},
    ),
    _case(
        "not-compressed",
        "API Gateway does not compress without `minimumCompressionSize`.",
        program(
            headers=(("Accept-Encoding", "gzip, br"),), writes=[{"text": "text\n", "repeat": 500}]
        ),
        {"has_header:content-encoding": False, "body_length": 2500},
    ),
    _case(
        "line-end",
        "A header value with a line end results in status 500.",
        program(prelude_text=json.dumps(text_prelude(X_Bad="one\r\nX-Two: 2"))),
        {"status": 500, "has_header:x-two": False},
    ),
)
