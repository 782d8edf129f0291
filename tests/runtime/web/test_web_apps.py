"""Web frameworks run on the runtime as they do with a web server."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.runtime.events import function_url_event, rest_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runtime.conftest import Function

    StartFunction = Callable[..., Function]

# One small site for each framework: /echo describes the request, /stream sends three chunks.
SITES = {
    "starlette": """
        import asyncio
        from starlette.applications import Starlette
        from starlette.responses import JSONResponse, StreamingResponse
        from starlette.routing import Route
        async def echo(request):
            body = await request.body()
            response = JSONResponse({
                "method": request.method, "path": request.url.path,
                "query": request.query_params.multi_items(), "body": body.hex(),
                "accept": request.headers.getlist("accept"), "cookies": request.cookies,
                "client": request.client.host, "scheme": request.url.scheme,
            })
            response.set_cookie("a", "1")
            response.set_cookie("b", "2")
            return response
        async def stream(request):
            async def chunks():
                for i in range(3):
                    yield f"<{i}>"
                    await asyncio.sleep(0.15)
            return StreamingResponse(chunks(), media_type="text/event-stream")
        handler = Starlette(routes=[
            Route("/echo/{rest:path}", echo, methods=["POST"]), Route("/stream", stream)])
        """,
    "fastapi": """
        import time
        from fastapi import FastAPI, Request, Response
        from fastapi.responses import StreamingResponse
        app = FastAPI()
        @app.post("/echo/{rest:path}")
        async def echo(request: Request, response: Response):
            response.set_cookie("a", "1")
            response.set_cookie("b", "2")
            return {
                "method": request.method, "path": request.url.path,
                "query": request.query_params.multi_items(), "body": (await request.body()).hex(),
                "accept": request.headers.getlist("accept"), "cookies": request.cookies,
                "client": request.client.host, "scheme": request.url.scheme,
            }
        @app.get("/stream")
        def stream():
            def chunks():
                for i in range(3):
                    yield f"<{i}>"
                    time.sleep(0.15)
            return StreamingResponse(chunks(), media_type="text/event-stream")
        handler = app
        """,
    "litestar": """
        import asyncio
        from litestar import Litestar, Request, Response, get, post
        from litestar.response import Stream
        @post("/echo/{rest:path}", status_code=200)
        async def echo(request: Request) -> Response:
            response = Response({
                "method": request.method, "path": request.url.path,
                "query": [list(p) for p in request.query_params.multi_items()],
                "body": (await request.body()).hex(),
                "accept": request.headers.getall("accept"), "cookies": request.cookies,
                "client": request.client.host, "scheme": request.url.scheme,
            })
            response.set_cookie("a", "1")
            response.set_cookie("b", "2")
            return response
        @get("/stream")
        async def stream() -> Stream:
            async def chunks():
                for i in range(3):
                    yield f"<{i}>"
                    await asyncio.sleep(0.15)
            return Stream(chunks(), media_type="text/event-stream")
        handler = Litestar([echo, stream])
        """,
    "django": """
        import asyncio, os
        from django.conf import settings
        settings.configure(
            DEBUG=True, SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[],
            SECURE_PROXY_SSL_HEADER=None)
        from django.core.%(module)s import get_%(kind)s_application
        from django.http import JsonResponse, StreamingHttpResponse
        from django.urls import re_path
        def echo(request, rest):
            response = JsonResponse({
                "method": request.method, "path": request.path,
                "query": [[k, v] for k, vs in request.GET.lists() for v in vs],
                "body": request.body.hex(), "accept": [request.headers["accept"]],
                "cookies": request.COOKIES, "client": request.META["REMOTE_ADDR"],
                "scheme": request.scheme,
            })
            response.set_cookie("a", "1")
            response.set_cookie("b", "2")
            return response
        %(view)s
        urlpatterns = [re_path("^echo/(.*)$", echo), re_path("^stream$", stream)]
        handler = get_%(kind)s_application()
        """,
}
ASYNC_VIEW = """
        async def stream(request):
            async def chunks():
                for i in range(3):
                    yield f"<{i}>"
                    await asyncio.sleep(0.15)
            return StreamingHttpResponse(chunks(), content_type="text/event-stream")
"""
SYNC_VIEW = """
        import time
        def stream(request):
            def chunks():
                for i in range(3):
                    yield f"<{i}>"
                    time.sleep(0.15)
            return StreamingHttpResponse(chunks(), content_type="text/event-stream")
"""
DJANGO = SITES.pop("django")
SITES["django asgi"] = DJANGO % {"module": "asgi", "kind": "asgi", "view": ASYNC_VIEW.strip()}
SITES["django wsgi"] = DJANGO % {"module": "wsgi", "kind": "wsgi", "view": SYNC_VIEW.strip()}


@pytest.mark.parametrize("site", SITES)
def test_the_app_receives_the_complete_request(shared_function: StartFunction, site: str) -> None:
    """Method, path, repeated query names and headers, cookies and a binary body."""
    function = shared_function(SITES[site], STREAMING_BASE_PATH="v1/shop")
    event = rest_event(
        "POST",
        "/echo/a%20b/ü",
        multiValueQueryStringParameters={"q": ["1 +", "2"]},
        headers={
            "Host": ["api.example"],
            "X-Forwarded-Proto": ["https"],
            "Accept": ["a/b", "c/d"],
            "Cookie": ["k=v"],
            "Content-Type": ["application/octet-stream"],
        },
        body=base64.b64encode(b"\0\xff\n").decode(),
        isBase64Encoded=True,
    )

    response = function.call(event)

    assert response.prelude["statusCode"] == 200, response.body
    request = json.loads(response.payload)
    assert (request["method"], request["body"], request["client"]) == (
        "POST",
        "00ff0a",
        "192.0.2.7",
    )
    assert request["path"] in ("/echo/a b/ü", "/echo/a%20b/%C3%BC")
    assert request["query"] == [["q", "1 +"], ["q", "2"]]
    assert ",".join(request["accept"]).replace(" ", "") == "a/b,c/d"
    assert request["cookies"] == {"k": "v"}
    assert request["scheme"] == "https"
    assert [cookie.split(";")[0] for cookie in response.prelude["cookies"]] == ["a=1", "b=2"]


@pytest.mark.parametrize("site", SITES)
def test_the_chunks_of_a_framework_arrive_over_time(
    shared_function: StartFunction, site: str
) -> None:
    """Streaming responses, async or in the threads of the framework, keep their intervals."""
    function = shared_function(SITES[site], STREAMING_BASE_PATH="v1/shop")

    response = function.call(function_url_event(path="/stream"))

    arrivals = [response.arrival(b"<%d>" % i) for i in range(3)]
    assert arrivals[-1] - arrivals[0] > 0.15, arrivals
    assert response.prelude["headers"]["content-type"].startswith("text/event-stream")
    assert response.payload == b"<0><1><2>"


def test_the_scope_is_that_of_the_specification(function: Function) -> None:
    """An ASGI app receives bytes where the specification requires them, its event and its
    context."""
    function.start(
        """
        import json
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                assert scope["state"] == {}
                return
            context = scope.pop("aws.context")
            scope.pop("aws.event")
            scope["headers"] = [
                (n, v) for n, v in scope["headers"] if not n.startswith(b"x-amzn-")]
            seen = {k: repr(v) for k, v in scope.items()} | {"id": context.aws_request_id}
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": json.dumps(seen).encode()})
        """
    )

    response = function.call(
        function_url_event("PUT", "/a b", rawQueryString="x=1&x=2", cookies=["k=v"])
    )

    scope_of_app: dict[str, Any] = json.loads(response.payload)
    assert scope_of_app.pop("id") == "request-1"
    assert scope_of_app == {
        "type": "'http'",
        "asgi": "{'version': '3.0', 'spec_version': '2.4'}",
        "http_version": "'1.1'",
        "method": "'PUT'",
        "scheme": "'https'",
        "path": "'/a b'",
        "raw_path": "b'/a%20b'",
        "query_string": "b'x=1&x=2'",
        "root_path": "''",
        "headers": "[(b'host', b'abc.lambda-url.eu-west-1.on.aws'), "
        "(b'x-forwarded-proto', b'https'), (b'cookie', b'k=v'), (b'content-length', b'0')]",
        "client": "('192.0.2.7', 0)",
        "server": "('abc.lambda-url.eu-west-1.on.aws', 443)",
        "state": "{}",
        "extensions": "{}",
    }


def test_wsgi_write_and_close_are_supported(function: Function) -> None:
    """The `write` callable of PEP 3333 streams, and the body is closed at the end."""
    function.start(
        """
        import time
        class Body(list):
            def close(self):
                print("closed")
        def handler(environ, start_response):
            write = start_response("200 OK", [("content-type", "text/plain")])
            write(b"first")
            time.sleep(0.4)
            return Body([b"last"])
        """
    )

    response = function.call(rest_event())

    assert response.arrival(b"last") - response.arrival(b"first") > 0.1
    function.wait_for_log("closed")


def test_wsgi_may_replace_its_head_until_it_is_sent(function: Function) -> None:
    """An error handler calls start_response again with exc_info."""
    function.start(
        """
        import sys
        def handler(environ, start_response):
            start_response("200 OK", [])
            try:
                1 / 0
            except ZeroDivisionError:
                start_response("500 Broken", [], sys.exc_info())
            yield b"sorry"
        """
    )

    response = function.call(rest_event())

    assert response.prelude["statusCode"] == 500
    assert response.payload == b"sorry"


def test_sync_code_of_an_asgi_app_does_not_delay_its_stream(function: Function) -> None:
    """A stream continues while the thread pool of the framework does blocking work."""
    function.start(
        """
        import asyncio, time
        from starlette.concurrency import run_in_threadpool
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            work = asyncio.ensure_future(run_in_threadpool(time.sleep, 1.5))
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for i in range(3):
                await send({"type": "http.response.body", "body": b"<%d>" % i, "more_body": True})
                await asyncio.sleep(0.05)
            await work
            await send({"type": "http.response.body", "body": b"<done>"})
        """
    )

    response = function.call(rest_event())

    assert response.arrival(b"<done>") - response.arrival(b"<2>") > 0.5
    assert time.monotonic() - response.finished < 5


def test_a_task_that_still_waits_in_receive_is_harmless(function: Function) -> None:
    """An app that forgets its disconnect listener serves the next request."""
    function.start(
        """
        import asyncio
        async def listen(receive):
            while (await receive())["type"] != "http.disconnect":
                pass
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            asyncio.ensure_future(listen(receive))
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await asyncio.sleep(0.001)
            await send({"type": "http.response.body", "body": b"x"})
        """
    )

    assert [function.call(rest_event()).payload for _ in range(30)] == [b"x"] * 30


def test_a_chunk_may_be_none_or_any_bytes(function: Function) -> None:
    """None is an empty chunk, as with uvicorn."""
    function.start(
        """
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for chunk in (None, b"a", bytearray(b"b"), memoryview(b"c")):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": None})
        """
    )

    assert function.call(rest_event()).payload == b"abc"


def test_concurrent_tasks_may_send(function: Function) -> None:
    """Two tasks that stream into one response both wait for a slow consumer, and both continue."""
    function.start(
        """
        import asyncio
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            await send({"type": "http.response.start", "status": 200, "headers": []})
            async def stream(letter):
                for _ in range(100):
                    await send({"type": "http.response.body", "body": letter * 65536,
                        "more_body": True})
            await asyncio.gather(stream(b"a"), stream(b"b"))
            await send({"type": "http.response.body"})
        """
    )
    function.server.body_pause = 0.3

    response = function.call(rest_event())

    assert response.payload.count(b"a") == response.payload.count(b"b") == 100 * 65536


@pytest.mark.parametrize("site", SITES)
def test_an_app_is_mounted_at_the_base_path(shared_function: StartFunction, site: str) -> None:
    """The base path of a custom domain is in the event. Each framework routes the rest of the
    path."""
    function = shared_function(SITES[site], STREAMING_BASE_PATH="v1/shop")
    headers = {"Host": ["api.example"], "Accept": ["a/b"]}

    statuses = [
        function.call(rest_event("POST", path, headers=headers)).prelude["statusCode"]
        for path in ("/v1/shop/echo/x", "/echo/x", "/v1/shopping/echo/x")
    ]

    assert statuses == [200, 200, 404]


MOUNTED = {
    "asgi": """
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            seen = f'{scope["root_path"]} {scope["path"]} {scope["raw_path"].decode()}'
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": seen.encode()})
        """,
    "wsgi": """
        def handler(environ, start_response):
            start_response("200 OK", [])
            return [f'{environ["SCRIPT_NAME"]} {environ["PATH_INFO"]}'.encode()]
        """,
}


@pytest.mark.parametrize(
    ("path", "asgi", "wsgi"),
    [
        ("/api/a%20b", "/api /api/a b /api/a%20b", "/api /a b"),
        ("/api", "/api /api/ /api/", "/api /"),
        ("/api/api/x", "/api /api/api/x /api/api/x", "/api /api/x"),
        ("/apis", " /apis /apis", " /apis"),
        ("/", " / /", " /"),
    ],
)
def test_the_base_path_is_passed_as_each_interface_specifies(
    shared_function: StartFunction, path: str, asgi: str, wsgi: str
) -> None:
    """ASGI keeps it in `path` and names it in `root_path`. WSGI moves it to SCRIPT_NAME."""
    for kind, expected in (("asgi", asgi), ("wsgi", wsgi)):
        function = shared_function(MOUNTED[kind], STREAMING_BASE_PATH="/api/")
        assert function.call(rest_event(path=path)).payload.decode() == expected
