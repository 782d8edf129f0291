"""What docs/web-apps.md shows, runs."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.docs.pages import blocks, page

ROOT_PATH, CORS, CALLER = blocks(page("web-apps"), "python")
CONTEXT = (
    '{"stage": "prod", "path": "/prod/docs", "identity": {"sourceIp": "192.0.2.1"},'
    ' "authorizer": {"claims": {"sub": "user-1"}}}'
)


def client(source: str) -> TestClient:
    """A client of the app that an example defines."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "web-apps.md", "exec", dont_inherit=True), namespace)
    return TestClient(namespace["app"])


def test_the_examples_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root path, cross-origin headers and caller, as behind the adapter."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "fn")
    monkeypatch.setenv("CORS_ALLOW_ORIGINS", "https://app.example")
    headers = {"x-amzn-request-context": CONTEXT, "Origin": "https://app.example"}

    documentation = client(ROOT_PATH).get("/docs", headers=headers)
    shared = client(CORS).get("/docs", headers=headers)
    caller = client(CALLER).get("/me", headers=headers)

    assert "/prod/openapi.json" in documentation.text
    assert shared.headers["access-control-allow-origin"] == "https://app.example"
    assert caller.json() == {
        "principal": "user-1", "claims": {"sub": "user-1"}, "ip": "192.0.2.1",
    }  # fmt: skip
