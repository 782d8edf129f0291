"""The runtime responds to cross-origin requests as `StreamingRestApi(cors=...)` sets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from streaming_construct.runtime.web.cors import (
    CorsMiddleware,
    WsgiCorsMiddleware,
    create_cors_headers,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTED = {
    "CORS_ALLOW_ORIGINS": "https://a.example,https://b.example",
    "CORS_ALLOW_METHODS": "GET,POST",
    "CORS_ALLOW_HEADERS": "Content-Type,Authorization",
    "CORS_EXPOSE_HEADERS": "X-Request-Id",
    "CORS_ALLOW_CREDENTIALS": "true",
    "CORS_MAX_AGE": "600",
}
ANY = {"CORS_ALLOW_ORIGINS": "*"}
PREFLIGHT = {"Access-Control-Request-Method": "POST"}


async def asgi_app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Respond 200. The query `own` adds a header of the app."""
    app_headers = [(b"Access-Control-Allow-Origin", b"https://own.example")]
    headers = app_headers if scope["query_string"] == b"own" else []
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


def wsgi_app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Respond as `asgi_app`."""
    app_headers = [("Access-Control-Allow-Origin", "https://own.example")]
    start_response("200 OK", app_headers if environ["QUERY_STRING"] == "own" else [])
    return [b"ok"]


async def respond_both(
    environment: dict[str, str],
    method: str = "GET",
    path: str = "/",
    *,
    headers: dict[str, str],
) -> httpx.Response:
    """Send a request to both middlewares, which respond alike; return one response."""
    asgi = httpx.ASGITransport(CorsMiddleware(asgi_app, environment))
    async with httpx.AsyncClient(transport=asgi, base_url="https://api.test") as client:
        first = await client.request(method, path, headers=headers)
    wsgi = httpx.WSGITransport(WsgiCorsMiddleware(wsgi_app, environment))
    request = httpx.Request(method, f"https://api.test{path}", headers=headers)
    second = wsgi.handle_request(request)
    assert first.status_code == second.status_code
    assert first.headers == second.headers
    return first


@pytest.mark.anyio
async def test_a_listed_origin_can_read_the_response() -> None:
    """The response names the origin, and a cache must not give it to another one."""
    response = await respond_both(LISTED, headers={"Origin": "https://b.example"})

    assert response.headers == {
        "access-control-allow-origin": "https://b.example",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "X-Request-Id",
        "vary": "Origin",
    }


@pytest.mark.anyio
async def test_a_preflight_gets_the_methods_and_headers() -> None:
    """The app is not called."""
    headers = {"Origin": "https://a.example", **PREFLIGHT}
    response = await respond_both(LISTED, "OPTIONS", headers=headers)

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers == {
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "Content-Type, Authorization",
        "access-control-max-age": "600",
        "vary": "Origin",
    }


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_another_origin_cannot_read_the_response(method: str) -> None:
    """Neither the response nor its preflight."""
    headers = {"Origin": "https://evil.example", **PREFLIGHT}
    response = await respond_both(LISTED, method, headers=headers)

    assert response.headers == {"vary": "Origin"}


@pytest.mark.anyio
async def test_an_app_keeps_its_own_header() -> None:
    """Two values of the header are an error in every browser."""
    response = await respond_both(LISTED, path="/?own", headers={"Origin": "https://a.example"})

    assert response.headers.get_list("access-control-allow-origin") == ["https://own.example"]


@pytest.mark.anyio
async def test_without_the_variables_nothing_is_added() -> None:
    """A preflight reaches the app then, too."""
    response = await respond_both(
        {}, "OPTIONS", headers={"Origin": "https://a.example", **PREFLIGHT}
    )

    assert (response.status_code, response.content) == (200, b"ok")
    assert not response.headers


def test_the_header_for_any_origin_is_a_star() -> None:
    """With credentials, browsers then hide the response from every origin."""
    assert create_cors_headers({"Origin": "https://a.example"}, ANY) == {
        "Access-Control-Allow-Origin": "*"
    }
    with_credentials = create_cors_headers(
        {"origin": "https://a.example"}, {**ANY, "CORS_ALLOW_CREDENTIALS": "true"}
    )
    assert with_credentials["Access-Control-Allow-Origin"] == "*"
