"""`lambda_src/plain/health.py`: the buffered handler of the health check."""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

HANDLER = Path(__file__).parents[2] / "lambda_src" / "plain" / "health.py"


@pytest.fixture(autouse=True)
def _handler_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler can import the module beside it, as in Lambda. Other tests cannot."""
    monkeypatch.syspath_prepend(str(HANDLER.parent))
    monkeypatch.delitem(sys.modules, "cors", raising=False)


def invoke(headers: dict[str, str] | None) -> dict[str, Any]:
    result: dict[str, Any] = runpy.run_path(str(HANDLER))["handler"]({"headers": headers}, None)
    return result


def test_the_handler_returns_a_proxy_response() -> None:
    """The body is JSON text, as a buffered proxy integration requires."""
    result = invoke(None)

    assert result["statusCode"] == 200
    assert result["headers"]["Content-Type"] == "application/json"
    assert json.loads(result["body"])["status"] == "ok"


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ("https://a.example, https://b.example", "https://b.example", "https://b.example"),
        ("https://a.example", "https://c.example", None),
        ("*", "https://c.example", "*"),
        ("", "https://a.example", None),
    ],
)
def test_cors_headers_follow_the_environment(
    monkeypatch: pytest.MonkeyPatch, origins: str, origin: str, allowed: str | None
) -> None:
    """A listed origin is allowed, whatever the case of the header name. Another one is not."""
    monkeypatch.setenv("CORS_ALLOW_ORIGINS", origins)
    monkeypatch.setenv("CORS_ALLOW_CREDENTIALS", "true")
    monkeypatch.setenv("CORS_EXPOSE_HEADERS", "X-One")

    headers = invoke({"ORIGIN": origin})["headers"]

    assert headers.get("Access-Control-Allow-Origin") == allowed
    assert headers.get("Access-Control-Allow-Credentials") == ("true" if allowed else None)
    assert headers.get("Access-Control-Expose-Headers") == ("X-One" if allowed else None)
    assert headers.get("Vary") == ("Origin" if origins.startswith("https") else None)
