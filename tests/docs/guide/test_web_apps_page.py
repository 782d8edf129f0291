"""The examples of docs/web-apps.md run."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sybil import Example

from tests.docs.examples import list_examples, run_example

ROOT_PATH, CORS, CALLER = list_examples("web-apps")
CONTEXT = (
    '{"stage": "prod", "path": "/prod/docs", "identity": {"sourceIp": "192.0.2.1"},'
    ' "authorizer": {"claims": {"sub": "user-1"}}}'
)


def client_of(example: Example) -> TestClient:
    """Return a client of the app that an example defines."""
    return TestClient(run_example(example)["app"])


def test_the_examples_respond_as_behind_the_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test checks root path, cross-origin headers and caller."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "fn")
    monkeypatch.setenv("CORS_ALLOW_ORIGINS", "https://app.example")
    headers = {"x-amzn-request-context": CONTEXT, "Origin": "https://app.example"}

    documentation = client_of(ROOT_PATH).get("/docs", headers=headers)
    shared = client_of(CORS).get("/docs", headers=headers)
    caller = client_of(CALLER).get("/me", headers=headers)

    assert "/prod/openapi.json" in documentation.text
    assert shared.headers["access-control-allow-origin"] == "https://app.example"
    assert caller.json() == {
        "principal": "user-1", "claims": {"sub": "user-1"}, "ip": "192.0.2.1",
    }  # fmt: skip
