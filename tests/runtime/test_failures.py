"""Each failure of a function has one response, and the next invocation works."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest

from tests.runtime.events import rest_event

if TYPE_CHECKING:
    from tests.runtime.conftest import Function

GOOD = rest_event(path="/good")
BAD = rest_event(path="/bad")
# By case: what makes the source, the code that fails, the type of the error, a part of its message.
Failures = dict[str, tuple[Callable[..., str], str, str, str]]


def plain_source(**bodies: str) -> str:
    """Return a handler that runs a body for the path of its name, and responds otherwise."""
    return (
        "import sys, os\nfrom streaming_construct.runtime import HttpResponse\n"
        "def handler(event, context):\n"
        f"{_branches('event', bodies)}"
        "    yield 'good'\n"
    )


def asgi_source(**bodies: str) -> str:
    """Return an ASGI app that runs a body for the path of its name, and responds otherwise."""
    return (
        "START = {'type': 'http.response.start', 'status': 200, 'headers': []}\n"
        "async def handler(scope, receive, send):\n"
        "    if scope['type'] == 'lifespan': raise NotImplementedError\n"
        f"{_branches('scope', bodies)}"
        "    await send(START)\n"
        "    await send({'type': 'http.response.body', 'body': b'good'})\n"
    )


def _branches(request: str, bodies: Mapping[str, str]) -> str:
    return "".join(
        f"    if {request}['path'] == '/{name}':\n        {body}\n" for name, body in bodies.items()
    )


BEFORE: Failures = {
    "raises": (plain_source, "raise ValueError('no')", "ValueError", "no"),
    "raises after the head": (
        plain_source,
        "yield HttpResponse(200); raise ValueError('no')",
        "ValueError",
        "no",
    ),
    "yields what is no body": (plain_source, "yield 7", "TypeError", "7"),
    "head too large": (
        plain_source,
        "yield HttpResponse(200, {'x': 'y' * 16384})",
        "Runtime.PreludeTooLarge",
        "16384",
    ),
    "asgi raises": (asgi_source, "raise ValueError('no')", "ValueError", "no"),
    "asgi gives nothing": (asgi_source, "return", "Runtime.NoResponse", "without starting"),
    "asgi speaks out of turn": (
        asgi_source,
        "await send({'type': 'http.response.body'})",
        "RuntimeError",
        "http.response.body",
    ),
}
AMIDST: Failures = {
    "raises": (plain_source, "yield 'part'; raise ValueError('no')", "ValueError", "no"),
    "yields what is no body": (plain_source, "yield 'part'; yield 7", "TypeError", "7"),
    "second head": (
        plain_source,
        "yield 'part'; yield HttpResponse(200)",
        "TypeError",
        "after the first item",
    ),
    "shorter than its content-length": (
        plain_source,
        "yield HttpResponse(200, {'content-length': '9'}); yield 'part'; return",
        "Runtime.BodyTooShort",
        "5 bytes",
    ),
    "longer than its content-length": (
        plain_source,
        "yield HttpResponse(200, {'content-length': '4'}); yield 'part'; yield 'more'",
        "Runtime.BodyTooLong",
        "4 bytes",
    ),
    "asgi raises": (
        asgi_source,
        (
            "await send(START); await send({'type': 'http.response.body', 'body': b'part', "
            "'more_body': True}); raise ValueError('no')"
        ),
        "ValueError",
        "no",
    ),
    "asgi does not end": (
        asgi_source,
        (
            "await send(START); await send({'type': 'http.response.body', 'body': b'part', "
            "'more_body': True}); return"
        ),
        "Runtime.Incomplete",
        "without ending",
    ),
    "asgi is cancelled": (
        asgi_source,
        (
            "await send(START); await send({'type': 'http.response.body', 'body': b'part', "
            "'more_body': True}); import asyncio; raise asyncio.CancelledError"
        ),
        "CancelledError",
        "",
    ),
}
INIT = {
    "no such module": ("", "nope:handler", "Runtime.ImportModuleError", "No module named 'nope'"),
    "import fails": ("import nope", "app:handler", "Runtime.ImportModuleError", "nope"),
    "syntax": ("def handler(:", "app:handler", "Runtime.UserCodeSyntaxError", "Syntax error"),
    "no such handler": ("", "app.handler", "Runtime.HandlerNotFound", "'handler' missing"),
    "not callable": ("handler = 3", "app:handler", "Runtime.HandlerNotFound", "a int"),
    "no module named": ("", "handler", "Runtime.MalformedHandlerName", "Bad handler 'handler'"),
    "built in": ("", "sys.exit", "Runtime.BuiltInModuleConflict", "built-in module sys"),
    "raises": ("raise KeyError('key')", "app:handler", "KeyError", "'key'"),
    "wrong arguments": (
        "def handler(event): pass",
        "app:handler",
        "Runtime.HandlerNotFound",
        "takes 1 arguments",
    ),
    "startup fails": (
        """
        async def handler(scope, receive, send):
            await receive()
            await send({"type": "lifespan.startup.failed", "message": "no database"})
        """,
        "app:handler",
        "Runtime.LifespanFailed",
        "no database",
    ),
}


def start_case(
    shared_function: Callable[..., Function], failures: Failures, case: str
) -> tuple[Function, str, str]:
    """Start the process of all cases with this kind of source; return it, type and message."""
    make, _, kind, message = failures[case]
    bodies = {name: body for name, (factory, body, *_) in failures.items() if factory is make}
    return shared_function(make(**bodies)), kind, message


@pytest.mark.parametrize("case", BEFORE)
def test_an_error_before_the_body_goes_to_error(
    shared_function: Callable[..., Function], case: str
) -> None:
    """The header has its type, the body has type, message and trace."""
    function, kind, message = start_case(shared_function, BEFORE, case)

    response = function.call(rest_event(path=f"/{case}"))

    assert response.path.endswith(f"/invocation/{response.json['requestId']}/error")
    assert response.headers["lambda-runtime-function-error-type"] == [kind]
    assert response.json["errorType"] == kind
    assert message in response.json["errorMessage"]
    assert response.json["requestId"].startswith("request-")
    assert function.call(GOOD).payload == b"good"
    assert kind in function.log


def test_the_trace_shows_the_function_and_not_the_runtime(function: Function) -> None:
    """The stack trace starts in the file of the handler. X-Ray receives the same frames."""
    function.start(plain_source(bad="raise ValueError('no')"))

    response = function.call(BAD)

    assert "app.py" in response.json["stackTrace"][0]
    assert "streaming_construct" not in "".join(response.json["stackTrace"])
    cause = response.headers["lambda-runtime-function-xray-error-cause"][0]
    assert '"type": "ValueError"' in cause
    assert "app.py" in cause


@pytest.mark.parametrize("case", AMIDST)
def test_an_error_in_mid_stream_goes_to_the_trailers(
    shared_function: Callable[..., Function], case: str
) -> None:
    """The yielded chunks arrive, then the trailers have the error. The next invocation works."""
    function, kind, message = start_case(shared_function, AMIDST, case)

    response = function.call(rest_event(path=f"/{case}"))

    assert response.payload.startswith(b"part")
    assert response.trailers["lambda-runtime-function-error-type"] == kind
    assert response.trailer_error["errorType"] == kind
    assert message in response.trailer_error["errorMessage"]
    assert function.call(GOOD).payload == b"good"
    assert len(function.server.polls) >= 2


def test_the_trailers_of_a_large_error_stay_below_4_kb(function: Function) -> None:
    """Go's HTTP server rejects larger trailers, so trace and message are shortened."""
    function.start(
        """
        def deep(n):
            return deep(n - 1) if n else 1 / 0
        def handler(event, context):
            yield "part"
            try:
                deep(200)
            except ZeroDivisionError as error:
                raise ValueError("long " * 5000) from error
        """
    )

    response = function.call(rest_event())

    size = sum(len(name) + len(value) + 4 for name, value in response.trailers.items())
    assert size < 4000
    assert response.trailer_error["errorType"] == "ValueError"
    assert response.trailer_error["errorMessage"].startswith("long long")


def test_an_error_after_an_error_page_is_only_logged(function: Function) -> None:
    """Starlette sends its 500 page and raises the exception. The page is the response."""
    function.start(
        """
        from starlette.applications import Starlette
        from starlette.routing import Route
        def broken(request):
            raise ValueError("no")
        handler = Starlette(routes=[Route("/", broken)])
        """
    )

    response = function.call(rest_event())

    assert response.prelude["statusCode"] == 500
    assert response.payload == b"Internal Server Error"
    assert not response.trailers
    function.wait_for_log("[ERROR] ValueError: no")


AFTER = {
    "closing raises": """
        class Items:
            def __init__(self):
                self.left = ["all"]
            def __iter__(self):
                return self
            def __next__(self):
                if not self.left:
                    raise StopIteration
                return self.left.pop()
            def close(self):
                raise ValueError("late")
        def handler(event, context):
            return Items()
        """,
    "a background task raises": """
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"all"})
            raise ValueError("late")
        """,
    "a background task is cancelled": """
        import asyncio
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"all"})
            raise asyncio.CancelledError("late")
        """,
}


@pytest.mark.parametrize("case", AFTER)
def test_an_error_after_the_end_is_only_logged(function: Function, case: str) -> None:
    """The response is unchanged, the log has the error, and the next invocation works."""
    function.start(AFTER[case])

    responses = [function.call(rest_event()) for _ in range(3)]

    assert [(a.payload, a.trailers) for a in responses] == [(b"all", {})] * 3
    assert function.server.connections == 1
    function.wait_for_log("late", times=3)


@pytest.mark.parametrize("case", INIT)
def test_an_error_in_init_goes_to_init_error_and_ends_the_process(
    function: Function, case: str
) -> None:
    """The process requests no invocation, and its exit status is 1."""
    source, handler, kind, message = INIT[case]
    function.start(source, handler)

    report = function.server.wait_for_response()

    assert report.path == "/2018-06-01/runtime/init/error"
    assert report.headers["lambda-runtime-function-error-type"] == [kind]
    assert report.json["errorType"] == kind
    assert message in report.json["errorMessage"]
    assert function.process.wait(5) == 1
    assert not function.server.polls


def test_the_end_of_the_process_in_mid_stream_closes_the_connection(function: Function) -> None:
    """Lambda receives a truncated response."""
    function.start(plain_source(bad="yield 'part'; os._exit(3)"))

    response = function.call(BAD)

    assert response.payload == b"part"
    assert not response.is_complete
    assert function.process.wait(5) == 3


def test_sys_exit_ends_the_process(function: Function) -> None:
    """Lambda's runtime does the same: `sys.exit` in a handler is not an error."""
    function.start(plain_source(bad="sys.exit(4)"))
    function.server.invoke(BAD)

    assert function.process.wait(5) == 4


ENDLESS = {
    "generator": """
        def handler(event, context):
            global closed
            if event["path"] == "/good":
                yield closed
                return
            try:
                while True:
                    yield bytes(4096)
            finally:
                closed = "closed"
        """,
    "asgi": """
        START = {"type": "http.response.start", "status": 200, "headers": []}
        async def handler(scope, receive, send):
            global closed
            if scope["type"] == "lifespan":
                return
            await send(START)
            if scope["path"] == "/good":
                await send({"type": "http.response.body", "body": closed})
                return
            try:
                while True:
                    await send(
                        {"type": "http.response.body", "body": bytes(4096), "more_body": True}
                    )
            except OSError:
                assert (await receive())["type"] == "http.request"
                assert (await receive())["type"] == "http.disconnect"
                closed = b"closed"
                raise
        """,
    "wsgi": """
        class Body:
            def __iter__(self):
                while True:
                    yield bytes(4096)
            def close(self):
                global closed
                closed = b"closed"
        def handler(environ, start_response):
            start_response("200 OK", [])
            return [closed] if environ["PATH_INFO"] == "/good" else Body()
        """,
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_broken_connection_is_an_error_of_the_app(function: Function, kind: str) -> None:
    """The app may clean up. The runtime logs the error and connects again."""
    function.start(ENDLESS[kind])
    function.server.break_after = 100_000

    broken = function.call(BAD)
    after = function.call(GOOD)

    assert not broken.is_complete
    assert after.payload == b"closed"
    assert function.server.connections == 2
    function.wait_for_log("the Runtime API rejected the response")


def test_receive_reports_a_broken_connection_of_an_idle_stream(function: Function) -> None:
    """It returns http.disconnect although the app sends nothing."""
    function.start(
        """
        import asyncio
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            await receive()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"first", "more_body": True})
            message = await asyncio.wait_for(receive(), 5)
            print("got", message["type"])
        """
    )
    function.server.break_after = 5

    function.call(rest_event())

    function.wait_for_log("got http.disconnect")


def test_receive_reports_a_complete_response_although_no_one_read_the_request(
    function: Function,
) -> None:
    """As the ASGI specification requires."""
    function.start(
        """
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"all"})
            print("got", (await receive())["type"])
        """
    )

    function.call(rest_event())

    function.wait_for_log("got http.disconnect")


@pytest.mark.parametrize("manner", ["closes_connections", "drops_idle", "chunked_replies"])
def test_replies_of_every_form_are_read(function: Function, manner: str) -> None:
    """A Runtime API may close connections, reset them, or send chunked replies."""
    setattr(function.server, manner, True)
    function.start('def handler(event, context):\n    yield event["path"]')

    responses = [function.call(rest_event(path=f"/{i}")) for i in range(3)]

    assert [response.payload for response in responses] == [b"/0", b"/1", b"/2"]


def test_a_rejected_response_is_logged_and_the_next_one_sent(function: Function) -> None:
    """Lambda rejects an outdated response with a 410."""
    function.start('def handler(event, context):\n    yield "x"')
    function.server.reply_status = 410

    function.call(rest_event())
    response = function.call(rest_event())

    assert response.payload == b"x"
    assert "the Runtime API rejected the response: 410" in function.log


@pytest.mark.parametrize(
    ("event", "headers", "kind"),
    [
        (b"{", {}, "Runtime.UnmarshalError"),
        (
            rest_event(),
            {"Lambda_Runtime_Client_Context": "{"},
            "Runtime.LambdaContextUnmarshalError",
        ),
    ],
)
def test_an_event_that_is_not_json_is_reported(
    function: Function, event: object, headers: dict[str, str], kind: str
) -> None:
    """An invalid event or context fails only its invocation."""
    function.start('def handler(event, context):\n    yield "x"')

    response = function.call(event, **headers)

    assert response.json["errorType"] == kind
    assert function.call(rest_event()).payload == b"x"


def test_an_unreachable_runtime_api_ends_the_process(function: Function) -> None:
    """The exit status is 1, and the log has a line."""
    function.start('def handler(event, context):\n    yield "x"')
    function.call(rest_event())

    function.server.close()

    assert function.process.wait(5) == 1
    assert "/invocation/next" in function.log


def test_a_runtime_api_without_http_ends_the_process(function: Function) -> None:
    """After several attempts the process ends with exit status 1 and a line in the log."""
    function.start('def handler(event, context):\n    yield "x"')
    function.call(rest_event())
    function.server.speaks_nonsense = True
    for _ in range(8):
        function.server.invoke(rest_event())

    assert function.process.wait(5) == 1
    assert "/invocation/next" in function.log


def test_an_asgi_app_fails_for_an_event_that_is_no_request(function: Function) -> None:
    """The error names the fix. Only that invocation fails."""
    function.start(asgi_source(bad="pass"))

    response = function.call({"Records": []})

    assert response.json["errorType"] == "Runtime.UnsupportedEvent"


def test_a_coroutine_from_a_plain_def_is_reported(function: Function) -> None:
    """The error says to define the function with `async def`."""
    function.start(
        """
        async def work():
            return 1
        def handler(event, context):
            return work()
        """
    )

    response = function.call(rest_event())

    assert "Declare the handler with `async def`" in response.json["errorMessage"]


def test_a_task_that_sends_after_its_app_failed_changes_no_later_response(
    function: Function,
) -> None:
    function.start(
        """
        import asyncio
        tasks = []
        async def send_late(send):
            await asyncio.sleep(0.02)
            await send({"type": "http.response.body", "body": b"late", "more_body": True})
            print("sent late")
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"begun", "more_body": True})
            tasks.append(asyncio.ensure_future(send_late(send)))
            raise ValueError("no")
        """
    )

    responses = []
    for number in range(1, 4):
        responses.append(function.call(rest_event()))
        function.wait_for_log("sent late", times=number)

    assert [response.payload for response in responses] == [b"begun"] * 3
    assert all(response.trailers for response in responses)
    assert function.server.connections == 1
