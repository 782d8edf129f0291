"""Each web framework reads forms, files, JSON and chunked bodies as it does with a web server."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.runtime.events import rest_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runtime.conftest import Function

    StartFunction = Callable[..., Function]

# Each app has the same four routes, which respond with what the framework read.
APPS = {
    "starlette": """
        from starlette.applications import Starlette
        from starlette.responses import JSONResponse
        from starlette.routing import Route
        async def form(request):
            return JSONResponse(dict(await request.form()))
        async def file(request):
            upload = (await request.form())["upload"]
            return JSONResponse([upload.filename, (await upload.read()).hex()])
        async def json_(request):
            return JSONResponse(await request.json())
        async def raw(request):
            return JSONResponse([(await request.body()).hex()])
        handler = Starlette(routes=[
            Route(f"/{name}", view, methods=["POST"])
            for name, view in {"form": form, "file": file, "json": json_, "raw": raw}.items()])
        """,
    "fastapi": """
        from typing import Annotated, Any
        from fastapi import Body, FastAPI, Form, Request, UploadFile
        handler = FastAPI()
        @handler.post("/form")
        async def form(name: Annotated[str, Form()], city: Annotated[str, Form()]):
            return {"name": name, "city": city}
        @handler.post("/file")
        async def file(upload: UploadFile):
            return [upload.filename, (await upload.read()).hex()]
        @handler.post("/json")
        async def json_(body: Annotated[Any, Body()]):
            return body
        @handler.post("/raw")
        async def raw(request: Request):
            return [(await request.body()).hex()]
        """,
    "litestar": """
        from typing import Annotated, Any
        from litestar import Litestar, Request, post
        from litestar.datastructures import UploadFile
        @post("/form", status_code=200)
        async def form(request: Request) -> Any:
            return dict(await request.form())
        @post("/file", status_code=200)
        async def file(request: Request) -> Any:
            upload = (await request.form())["upload"]
            return [upload.filename, (await upload.read()).hex()]
        @post("/json", status_code=200)
        async def json_(request: Request) -> Any:
            return await request.json()
        @post("/raw", status_code=200)
        async def raw(request: Request) -> Any:
            return [(await request.body()).hex()]
        handler = Litestar([form, file, json_, raw])
        """,
    "quart": """
        from quart import Quart, jsonify, request
        handler = Quart(__name__)
        @handler.post("/form")
        async def form():
            return jsonify(dict(await request.form))
        @handler.post("/file")
        async def file():
            upload = (await request.files)["upload"]
            return jsonify([upload.filename, upload.read().hex()])
        @handler.post("/json")
        async def json_():
            return jsonify(await request.get_json())
        @handler.post("/raw")
        async def raw():
            return jsonify([(await request.get_data()).hex()])
        """,
    "flask": """
        from flask import Flask, jsonify, request
        app = handler = Flask(__name__)
        @app.post("/form")
        def form():
            return jsonify(dict(request.form))
        @app.post("/file")
        def file():
            upload = request.files["upload"]
            return jsonify([upload.filename, upload.read().hex()])
        @app.post("/json")
        def json_():
            return jsonify(request.get_json())
        @app.post("/raw")
        def raw():
            return jsonify([request.get_data().hex()])
        """,
    "django": """
        import json
        from django.conf import settings
        settings.configure(
            DEBUG=True, SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[])
        from django.core.%(kind)s import get_%(kind)s_application
        from django.http import JsonResponse
        from django.urls import path
        def form(request):
            return JsonResponse(request.POST.dict())
        def file(request):
            upload = request.FILES["upload"]
            return JsonResponse([upload.name, upload.read().hex()], safe=False)
        def json_(request):
            return JsonResponse(json.loads(request.body), safe=False)
        def raw(request):
            return JsonResponse([request.body.hex()], safe=False)
        urlpatterns = [
            path("form", form), path("file", file), path("json", json_), path("raw", raw)]
        handler = get_%(kind)s_application()
        """,
}
DJANGO = APPS.pop("django")
APPS["django asgi"] = DJANGO % {"kind": "asgi"}
APPS["django wsgi"] = DJANGO % {"kind": "wsgi"}
APPS["flask in starlette"] = (
    APPS["flask"]
    + """
        from a2wsgi import WSGIMiddleware
        from starlette.applications import Starlette
        from starlette.routing import Mount
        handler = Starlette(routes=[Mount("/", WSGIMiddleware(app))])
        """
)

FORM = b"name=Ren%C3%A9e&city=a+b"
FILE = (
    b"--limit\r\nContent-Disposition: form-data; name=upload; filename=a.bin\r\n"
    b"Content-Type: application/octet-stream\r\n\r\n\0\xff\r\n\n\r\n--limit--\r\n"
)
JSON = {"list": [1, 2.5, None, "é"], "nested": {"a": True}}


def post(path: str, body: bytes, content_type: str, **headers: str) -> dict[str, Any]:
    """Return an event of a POST with a base64 body and without a content-length."""
    request_headers = {
        "Host": "api.example",
        "X-Forwarded-Proto": "https",
        "Content-Type": content_type,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return rest_event(
        "POST",
        path,
        headers={name: [value] for name, value in request_headers.items()},
        body=base64.b64encode(body).decode(),
        isBase64Encoded=True,
    )


@pytest.mark.parametrize("app", APPS)
def test_a_framework_reads_every_kind_of_body(shared_function: StartFunction, app: str) -> None:
    """The test posts a form, a file, JSON and a chunked body."""
    function = shared_function(APPS[app])
    raw = bytes(range(256)) * 300
    cases = {
        "/form": (FORM, "application/x-www-form-urlencoded", {"name": "Renée", "city": "a b"}),
        "/file": (FILE, "multipart/form-data; boundary=limit", ["a.bin", "00ff0d0a0a"]),
        "/json": (json.dumps(JSON).encode(), "application/json", JSON),
        "/raw": (raw, "application/octet-stream", [raw.hex()]),
    }

    for path, (body, content_type, expected) in cases.items():
        response = function.call(post(path, body, content_type))
        assert response.prelude["statusCode"] == 200, (path, response.body, function.log)
        assert json.loads(response.payload) == expected
        # A client that sent chunks, and one that gave the length of the base64 text.
        for headers in ({"Transfer_Encoding": "chunked"}, {"Content_Length": "7"}):
            response = function.call(post(path, body, content_type, **headers))
            assert json.loads(response.payload) == expected, headers


@pytest.mark.parametrize("app", APPS)
def test_the_urls_of_a_framework_have_the_stage(shared_function: StartFunction, app: str) -> None:
    """An execute-api URL mounts the app below the stage, and its routes match."""
    function = shared_function(APPS[app])
    event = post("/form", FORM, "application/x-www-form-urlencoded")
    event["requestContext"] |= {"path": "/prod/form", "stage": "prod"}

    response = function.call(event)

    assert json.loads(response.payload) == {"name": "Renée", "city": "a b"}


def test_fastapi_refers_to_its_document_and_redirects_below_the_stage(function: Function) -> None:
    """`/prod/docs` loads `/prod/openapi.json`; redirects keep the stage."""
    function.start(
        """
        from fastapi import FastAPI
        handler = FastAPI()
        @handler.get("/health")
        async def health():
            return {"status": "ok"}
        """
    )

    def get(path: str) -> Any:
        event = rest_event(path=path)
        event["requestContext"] |= {"path": f"/prod{path}", "stage": "prod"}
        return function.call(event)

    assert b"/prod/openapi.json" in get("/docs").payload
    assert json.loads(get("/openapi.json").payload)["servers"] == [{"url": "/prod"}]
    assert get("/health/").prelude["headers"]["location"] == "https://api.example/prod/health"
