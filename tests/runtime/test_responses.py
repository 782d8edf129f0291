"""The prelude and the body of each kind of handler."""

from __future__ import annotations

import base64
import functools
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_construct.aws import limits
from streaming_construct.runtime import HttpResponse, handler_loader, http_response
from streaming_construct.runtime import plain_handler as plain
from streaming_construct.runtime.errors import LambdaError
from streaming_construct.runtime.http_parser import ResponseParser, RuntimeApiResponse
from streaming_construct.runtime.http_response import create_prelude
from streaming_construct.runtime.web.http_request import HttpRequest
from tests.runtime.events import function_url_event, rest_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runtime.conftest import Function

    StartFunction = Callable[..., Function]

# The first chunk is the value of the path.
FIRST_CHUNK = "handler(event, context):\n    yield eval(event['path'][1:])\n    yield 'abc'\n"
RETURNED = [
    ({"statusCode": 201, "body": "x"}, 201, {}, b"x"),
    ({"statusCode": "404"}, 404, {}, b""),
    ({"statusCode": 200, "headers": {"A": "b"}, "body": ""}, 200, {"a": "b"}, b""),
    (
        {"statusCode": 200, "body": "AP8=", "isBase64Encoded": True, "headers": None},
        200,
        {},
        b"\0\xff",
    ),
    (
        {"statusCode": 200, "multiValueHeaders": {"A": ["b"]}, "headers": {"a": "c"}},
        200,
        {"a": "b"},
        b"",
    ),
    ({"any": "json"}, 200, {"content-type": "application/json"}, b'{"any": "json"}'),
    ([1], 200, {"content-type": "application/json"}, b"[1]"),
    (None, 200, {"content-type": "application/json"}, b"null"),
    ("text", 200, {"content-type": "application/json"}, b"text"),
]


@pytest.mark.parametrize(
    "event", [rest_event(), function_url_event()], ids=["rest", "function url"]
)
def test_a_returned_value_becomes_prelude_and_body(function: Function, event: Any) -> None:
    """A handler that returns a value works on a streamed route."""
    function.start(
        f"RETURNED = {[value for value, *_ in RETURNED]!r}\n"
        "def handler(event, context):\n    return RETURNED.pop(0)\n"
    )

    for _, status, headers, body in RETURNED:
        response = function.call(event)

        assert response.prelude == {"statusCode": status, "headers": headers}
        assert response.payload == body


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("{'statusCode': 200, 'body': {'a': 1}}", "a body that is a dict"),
        ("{'statusCode': 200, 'boby': ''}", "unknown keys ['boby']"),
        ("{'statusCode': 1000}", "1000 is not between"),
        ("{'statusCode': 'OK'}", "no proxy response: HTTP status 'OK' is not between"),
        ("{'statusCode': 200, 'headers': ['a']}", "no proxy response: "),
        ("{'statusCode': 200, 'headers': {'x': None}}", "header 'x' is None. Pass a str"),
        ("{'statusCode': 200, 'multiValueHeaders': {'x': ['a', b'b']}}", "header 'x' is b'b'"),
        ("{'statusCode': 200, 'cookies': [None]}", "header 'set-cookie' is None"),
        ("{'statusCode': 200, 'cookies': b'a=b'}", "header 'set-cookie' is b'a=b'"),
        ("{'statusCode': 200, 'body': 'A', 'isBase64Encoded': True}", "no proxy response: "),
        ("object()", "Unable to marshal"),
    ],
)
def test_an_invalid_return_value_is_reported(
    shared_function: StartFunction, source: str, word: str
) -> None:
    """API Gateway would respond with a bare 502. The error names the problem."""
    function = shared_function("def handler(event, context):\n    return eval(event['path'][1:])")

    error = function.call(rest_event(path=f"/{source}")).json
    assert error["errorType"] == "Runtime.MarshalError"
    assert word in error["errorMessage"]


def test_without_http_a_returned_value_is_json_and_not_streamed(function: Function) -> None:
    """The event is no HTTP request."""
    function.start('def handler(event, context):\n    return {"seen": event}')

    response = function.call({"Records": []})

    assert response.json == {"seen": {"Records": []}}
    assert "lambda-runtime-function-response-mode" not in response.headers


def test_without_http_a_generator_streams_bare_bytes(function: Function) -> None:
    """InvokeWithResponseStream without HTTP gets no prelude."""
    function.start('def handler(event, context):\n    yield "a"\n    yield "b"')

    response = function.call({"Records": []})

    assert response.body == b"ab"
    assert response.headers["lambda-runtime-function-response-mode"] == ["streaming"]
    assert response.headers["content-type"] == ["application/octet-stream"]


HEADED = """
    from streaming_construct.runtime import HttpResponse
    def handler(event, context):
        yield HttpResponse(
            201,
            [("X-Dup", "a"), ("x-dup", "b"), ("X-One", "é"), ("Set-Cookie", "b=2"),
             ("Transfer-Encoding", "chunked")],
            ["a=1"],
        )
        yield b"\\0" * 9
    """


def test_repeated_headers_and_cookies_of_a_rest_api(function: Function) -> None:
    """Repeated headers are in multiValueHeaders, cookies in cookies. Framing headers are
    dropped."""
    function.start(HEADED)

    response = function.call(rest_event())

    assert response.prelude == {
        "statusCode": 201,
        "multiValueHeaders": {"x-dup": ["a", "b"]},
        "headers": {"x-one": "é"},
        "cookies": ["a=1", "b=2"],
    }
    assert response.payload == b"\0" * 9


def test_repeated_headers_of_a_function_url_are_joined(function: Function) -> None:
    """Function URLs have no multiValueHeaders."""
    function.start(HEADED)

    response = function.call(function_url_event())

    assert response.prelude["headers"] == {"x-dup": "a, b", "x-one": "é"}
    assert "multiValueHeaders" not in response.prelude


@pytest.mark.parametrize(
    ("method", "status", "headers"),
    [
        ("HEAD", 200, {"content-length": "4"}),
        ("GET", 204, {}),
        ("GET", 304, {"content-length": "4"}),
    ],
)
@pytest.mark.parametrize("kind", ["plain", "asgi", "wsgi"])
def test_responses_without_a_body_have_none(
    shared_function: StartFunction, kind: str, method: str, status: int, headers: dict[str, str]
) -> None:
    """HEAD, 204 and 304 end after the prelude, whatever the app yields."""
    sources = {
        "plain": """
            from streaming_construct.runtime import HttpResponse
            def handler(event, context):
                yield HttpResponse(int(event["path"][1:]), {"content-length": "4"})
                yield "body"
            """,
        "asgi": """
            async def handler(scope, receive, send):
                assert scope["type"] == "http"
                status, headers = int(scope["path"][1:]), [(b"content-length", b"4")]
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send({"type": "http.response.body", "body": b"body"})
            """,
        "wsgi": """
            def handler(environ, start_response):
                start_response(environ["PATH_INFO"][1:] + " X", [("content-length", "4")])
                return [b"body"]
            """,
    }
    function = shared_function(sources[kind])

    response = function.call(rest_event(method, path=f"/{status}"))

    assert response.prelude == {"statusCode": status, "headers": headers}
    assert response.payload == b""
    assert not response.trailers


def test_a_redirect_keeps_its_location(function: Function) -> None:
    """It has a status and a header without a body."""
    function.start(
        """
        from streaming_construct.runtime import HttpResponse
        def handler(event, context):
            yield HttpResponse(307, {"location": "/there"})
        """
    )

    response = function.call(rest_event())

    assert response.prelude == {"statusCode": 307, "headers": {"location": "/there"}}
    assert response.payload == b""


@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context):\n    return iter(['a', b'b', bytearray(b'c')])",
        "async def handler(event, context):\n    return iter(['a', b'b', bytearray(b'c')])",
        """
        async def parts():
            for part in ('a', b'b', memoryview(b'c')):
                yield part
        async def handler(event, context):
            return parts()
        """,
        """
        import functools
        def wrap(f):
            @functools.wraps(f)
            def inner(*a, **k):
                return f(*a, **k)
            return inner
        @wrap
        async def handler(event, context):
            yield 'a'; yield ''; yield 'bc'
        """,
        """
        class Handler:
            def __call__(self, event, context):
                yield 'abc'
        handler = Handler()
        """,
        """
        class Handler:
            async def run(self, event, context):
                return {'statusCode': 200, 'body': 'abc'}
        handler = Handler().run
        """,
    ],
)
def test_handlers_of_every_kind_stream(function: Function, source: str) -> None:
    """Iterators, async iterators, decorated functions, callables and methods."""
    function.start(source)

    response = function.call(rest_event())

    assert response.prelude["statusCode"] == 200
    assert response.payload == b"abc"


def test_a_blocking_iterator_from_an_async_handler_leaves_the_loop_free(function: Function) -> None:
    """The iterator runs in a thread while tasks on the loop continue."""
    function.start(
        """
        import asyncio, time
        ticks = 0
        async def tick():
            global ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1
        def blocking():
            time.sleep(0.4)
            yield f"{ticks}"
        async def handler(event, context):
            asyncio.ensure_future(tick())
            return blocking()
        """
    )

    assert int(function.call(rest_event()).payload) > 10


async def asgi_app(scope: Any, receive: Any, send: Any) -> None: ...


def wsgi_app(env: Any, start_response: Any) -> None: ...


def plain_handler(event: Any, context: Any, extra: int = 1) -> None: ...


async def async_handler(event: Any, context: Any) -> None: ...


async def async_generator(event: Any, context: Any) -> Any:
    yield event, context


class AsgiClass:
    def __init__(self, scope: Any, receive: Any, send: Any) -> None: ...


class WsgiObject:
    def __call__(self, environ: Any, start_response: Any) -> None: ...


class PlainStatic:
    @staticmethod
    def run(event: Any, context: Any) -> None: ...


async def named_handler(event: Any, context: Any, name: str = "x") -> None: ...


async def required_more(s: Any, r: Any, w: Any) -> None: ...


async def asgi_with_option(scope: Any, receive: Any, send: Any, debug: bool = False) -> None: ...


def wsgi_with_option(environ: Any, start_response: Any, debug: bool = False) -> None: ...


def takes_three(event: Any, context: Any, name: Any) -> None: ...


async def async_takes_three(event: Any, context: Any, name: Any) -> None: ...


KINDS: list[tuple[Any, str]] = [
    (named_handler, "async"),
    (required_more, "asgi"),
    (asgi_with_option, "asgi"),
    (wsgi_with_option, "wsgi"),
    (functools.partial(takes_three, name=1), "plain"),
    (functools.partial(async_takes_three, name=1), "async"),
    (functools.partial(takes_three, 1), "plain"),
    (asgi_app, "asgi"),
    (wsgi_app, "wsgi"),
    (plain_handler, "plain"),
    (async_handler, "async"),
    (async_generator, "async"),
    (functools.partial(plain_handler), "plain"),
    (AsgiClass, "asgi"),
    (WsgiObject(), "wsgi"),
    (PlainStatic.run, "plain"),
    (lambda *_: None, "plain"),
    (print, "plain"),
]


@pytest.mark.parametrize(("subject", "expected"), KINDS)
def test_the_arguments_determine_the_kind_of_a_handler(subject: Any, expected: str) -> None:
    """ASGI, WSGI, async and plain handlers are distinguished, classes and objects included."""
    assert handler_loader.detect_handler_type(subject) == expected


@pytest.mark.parametrize("subject", [takes_three, async_takes_three])
def test_unknown_required_arguments_are_an_error(subject: Any) -> None:
    """The error names them, and the arguments of a handler."""
    with pytest.raises(LambdaError, match=r"\(event.*need a default"):
        handler_loader.detect_handler_type(subject)


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"statusCode": 201}, {"statusCode": 201, "headers": {}}),
        ({"headers": {"X-A": "b"}}, {"statusCode": 200, "headers": {"x-a": "b"}}),
        (
            {"statusCode": 202, "headers": {}, "cookies": ["a=1"]},
            {"statusCode": 202, "headers": {}, "cookies": ["a=1"]},
        ),
    ],
)
def test_a_mapping_in_the_first_chunk_is_the_head(
    shared_function: StartFunction, kind: str, metadata: dict[str, Any], expected: dict[str, Any]
) -> None:
    """`HttpResponseStream.from` of Node.js accepts the same."""
    function = shared_function(f"{kind} {FIRST_CHUNK}")

    response = function.call(rest_event(path=f"/{metadata!r}"))

    assert response.prelude == expected
    assert response.payload == b"abc"


@pytest.mark.parametrize(
    ("first", "message"),
    [
        ({"statusCode": 200, "body": "x"}, "yielded a mapping with a body"),
        ({"statusCode": 200, "status": 1}, "unknown keys"),
        ({"statusCode": "OK"}, "no metadata: HTTP status 'OK'"),
        ({"headers": ["a"]}, "no metadata"),
        ({"name": "x"}, "Yield str or bytes"),
    ],
)
def test_an_invalid_head_is_an_error(
    shared_function: StartFunction, first: dict[str, Any], message: str
) -> None:
    """Nothing has been sent, so the client receives an error response."""
    function = shared_function(f"def {FIRST_CHUNK}")

    response = function.call(rest_event(path=f"/{first!r}"))

    assert response.path.endswith("/error")
    assert message in response.json["errorMessage"]


def test_a_variable_sets_the_type_of_the_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable sets what the arguments do not show. An invalid value is an error."""
    monkeypatch.setenv("STREAMING_CONSTRUCT_HANDLER_TYPE", "asgi")
    assert handler_loader.detect_handler_type(lambda *_: None) == "asgi"
    monkeypatch.setenv("STREAMING_CONSTRUCT_HANDLER_TYPE", "flask")
    with pytest.raises(LambdaError, match="give one of asgi"):
        handler_loader.detect_handler_type(print)


def test_the_limits_of_the_runtime_are_those_of_the_package() -> None:
    """The runtime imports no other part of the package, so it has a copy of the limits."""
    assert http_response.MAX_BYTES == limits.PRELUDE_MAX_BYTES
    assert http_response.DELIMITER == limits.PRELUDE_DELIMITER


text = st.text(st.characters(codec="utf-8"), max_size=50)


@given(
    st.integers(100, 599),
    st.lists(st.tuples(text, text), max_size=6),
    st.lists(text, max_size=3),
    st.booleans(),
)
def test_every_prelude_is_json_and_eight_nuls(
    status: int, headers: list[tuple[str, str]], cookies: list[str], multi_value: bool
) -> None:
    """It has exactly one delimiter, at the end, and every value of every header."""
    head = create_prelude(HttpResponse(status, headers, cookies), multi_value=multi_value)

    metadata, delimiter, rest_of_it = head.partition(b"\0" * 8)
    parsed = json.loads(metadata)
    assert (delimiter, rest_of_it) == (b"\0" * 8, b"")
    assert b"\0" not in metadata
    assert parsed["statusCode"] == status
    assert set(parsed) <= {"statusCode", "headers", "multiValueHeaders", "cookies"}
    assert all(isinstance(value, str) for value in parsed["headers"].values())


def test_responses_that_differ_share_no_prelude(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runtime keeps preludes, of a few responses."""
    monkeypatch.setattr(http_response, "_preludes", {})
    heads = [
        HttpResponse(200),
        HttpResponse(201),
        HttpResponse(headers=[("a", "1"), ("a", "2")]),
        HttpResponse(headers=[("a", "2"), ("a", "1")]),
        HttpResponse(headers=[("a", "1, 2")]),
        HttpResponse(headers={"b": "1"}),
        HttpResponse(cookies=["b=1"]),
        HttpResponse(cookies=["b=2"]),
        *(HttpResponse(headers={"number": str(number)}) for number in range(20)),
    ]
    created = [
        (create_prelude(head, multi_value=multi_value), head, multi_value)
        for head in heads * 2
        for multi_value in (True, False)
    ]

    assert len(http_response._preludes) <= http_response._PRELUDES_MAX < len(created)
    for prelude, head, multi_value in created:
        http_response._preludes.clear()
        assert prelude == create_prelude(head, multi_value=multi_value), head
    assert len({prelude for prelude, _, multi_value in created if multi_value}) == len(heads)


def test_equal_responses_share_a_prelude() -> None:
    """The runtime encodes it once."""
    first, second = (
        create_prelude(HttpResponse(headers={"a": str(1)}, cookies=["b=1"]), multi_value=True)
        for _ in range(2)
    )

    assert first is second


def test_a_changed_response_has_another_prelude() -> None:
    """A handler may change a response after it has yielded it, and yield it again."""
    response = HttpResponse(headers={"a": "1"})
    create_prelude(response, multi_value=True)
    response.status = 404
    response.headers[0] = ("a", "2")
    response.cookies.append("c=1")

    metadata = create_prelude(response, multi_value=True).removesuffix(b"\0" * 8)

    assert json.loads(metadata) == {"statusCode": 404, "headers": {"a": "2"}, "cookies": ["c=1"]}


@given(st.integers(-20, 20))
def test_a_prelude_over_16_kb_is_an_error(off: int) -> None:
    """The delimiter may end at the last byte of the first 16 KB."""
    empty = len(create_prelude(HttpResponse(headers={"x": ""}), multi_value=True))
    response = HttpResponse(headers={"x": "y" * (16 * 1024 - empty + off)})

    if off > 0:
        with pytest.raises(LambdaError, match="Lambda reads 16384"):
            create_prelude(response, multi_value=True)
    else:
        assert len(create_prelude(response, multi_value=True)) == 16 * 1024 + off


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)


@given(json_values)
def test_any_returned_json_is_a_response_or_an_error(value: Any) -> None:
    """A value either becomes a head and bytes, or an error with its name."""
    response, body = plain._read_result(value)

    assert isinstance(body, bytes)
    assert 100 <= response.status <= 599
    if isinstance(value, str):
        assert body == value.encode()
    else:
        assert json.loads(body) == value


@given(st.binary(max_size=300), st.lists(st.integers(1, 40)), st.booleans())
def test_replies_in_chunks_of_any_size_are_read(
    body: bytes, cuts: list[int], chunked: bool
) -> None:
    """The reply may arrive at once, byte by byte, or in any other chunks."""
    if chunked:
        chunks = [body[i : i + 7] for i in range(0, len(body), 7)]
        framed = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in chunks) + b"0\r\n\r\n"
        wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed
    else:
        wire = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    reader = ResponseParser()
    reply: RuntimeApiResponse | None = None
    for cut in [*cuts, *[len(wire)]]:
        chunk, wire = wire[:cut], wire[cut:]
        if chunk:
            assert reply is None
            reply = reader.feed(chunk)

    assert reply is not None
    assert (reply.status, reply.body, reply.closes) == (200, body, False)


@given(text, st.lists(st.tuples(text, text), max_size=4), st.binary(max_size=60))
@settings(max_examples=60)
def test_every_request_is_read(path: str, query: list[tuple[str, str]], body: bytes) -> None:
    """Path, repeated query names and binary bodies arrive as the client sent them."""
    multiple: dict[str, list[str]] = {}
    for name, value in query:
        multiple.setdefault(name, []).append(value)
    event = rest_event(
        "POST",
        f"/{path}",
        multiValueQueryStringParameters=multiple or None,
        body=base64.b64encode(body).decode(),
        isBase64Encoded=True,
        headers={"Host": ["api.example:8443"], "X-A": ["1", "2"]},
    )

    request = HttpRequest(event)

    assert request.raw_path.isascii()
    assert request.query.isascii()
    assert request.body == body
    assert [value for name, value in request.headers if name == "x-a"] == ["1", "2"]
    assert (request.host, request.port, request.client) == ("api.example", 8443, "192.0.2.7")
