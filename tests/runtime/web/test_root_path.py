"""Behind the adapter, an app has the stage or the base path of its URL as its root path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import fastapi
import flask
import httpx
import pytest

from streaming_construct.runtime.web.root_path import RootPathMiddleware, WsgiRootPathMiddleware

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.fixture(autouse=True)
def _in_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "fn")


def context_headers(url_path: str) -> dict[str, str]:
    """Return the header that the adapter sets."""
    return {"x-amzn-request-context": json.dumps({"stage": "prod", "path": url_path})}


async def get_fastapi(path: str, url_path: str) -> httpx.Response:
    """Request a path of a FastAPI app whose URL has another path."""
    app = fastapi.FastAPI()

    @app.get("/health")
    async def health(request: fastapi.Request) -> str:
        return str(request.url_for("health"))

    transport = httpx.ASGITransport(RootPathMiddleware(app))
    async with httpx.AsyncClient(transport=transport, base_url="https://api.test") as client:
        return await client.get(path, headers=context_headers(url_path))


@pytest.mark.anyio
async def test_fastapi_serves_its_documentation_below_the_stage() -> None:
    """The page loads the document from a path with the stage."""
    page = await get_fastapi("/docs", "/prod/docs")
    document = await get_fastapi("/openapi.json", "/prod/openapi.json")

    assert "'/prod/openapi.json'" in page.text
    assert document.json()["servers"] == [{"url": "/prod"}]


@pytest.mark.anyio
async def test_fastapi_redirects_and_builds_urls_below_the_stage() -> None:
    """The redirect of a slash, and `url_for`."""
    redirect = await get_fastapi("/health/", "/prod/health/")
    health = await get_fastapi("/health", "/prod/health")

    assert redirect.headers["location"] == "https://api.test/prod/health"
    assert health.json() == "https://api.test/prod/health"


@pytest.mark.anyio
async def test_a_custom_domain_has_no_stage_in_its_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a base path the URL has no prefix. A base path that the adapter removed is in it."""
    assert (await get_fastapi("/health", "/health")).json() == "https://api.test/health"

    monkeypatch.setenv("AWS_LWA_REMOVE_BASE_PATH", "/v1")
    assert (await get_fastapi("/health", "/v1/health")).json() == "https://api.test/v1/health"


def get_flask(path: str, headers: dict[str, str]) -> str:
    """Request a path of a Flask app; return the URL that it builds."""
    app = flask.Flask("test")
    app.add_url_rule("/he alth", "health", lambda: flask.url_for("health"))

    def wsgi_app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return app.wsgi_app(environ, start_response)

    with httpx.Client(
        transport=httpx.WSGITransport(WsgiRootPathMiddleware(wsgi_app)), base_url="https://api.test"
    ) as client:
        return client.get(path, headers=headers).text


def test_flask_builds_urls_below_the_stage() -> None:
    """Escaped paths are compared after decoding."""
    headers = context_headers("/prod/he%20alth")

    assert get_flask("/he%20alth", headers) == "/prod/he%20alth"
    assert get_flask("/he%20alth", {}) == "/he%20alth"


def test_a_header_outside_lambda_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any client could send it."""
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME")

    assert get_flask("/he%20alth", context_headers("/prod/he%20alth")) == "/he%20alth"
