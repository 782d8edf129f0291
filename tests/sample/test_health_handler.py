import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

HANDLER = Path(__file__).parents[2] / "lambda_src" / "plain" / "health.py"


@pytest.fixture(autouse=True)
def _in_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler finds the module beside it, as in Lambda; no other test does afterwards."""
    monkeypatch.syspath_prepend(str(HANDLER.parent))
    monkeypatch.delitem(sys.modules, "cors", raising=False)


def answer(headers: dict[str, str] | None) -> dict[str, Any]:
    answered: dict[str, Any] = runpy.run_path(str(HANDLER))["handler"]({"headers": headers}, None)
    return answered


def test_answer_is_an_ordinary_proxy_response() -> None:
    """The body is JSON text, as a buffered proxy integration wants it."""
    found = answer(None)

    assert found["statusCode"] == 200
    assert found["headers"]["Content-Type"] == "application/json"
    assert json.loads(found["body"])["status"] == "ok"


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
    """A listed origin is let in, whatever the case of the header's name; another is not."""
    monkeypatch.setenv("CORS_ALLOW_ORIGINS", origins)
    monkeypatch.setenv("CORS_ALLOW_CREDENTIALS", "true")
    monkeypatch.setenv("CORS_EXPOSE_HEADERS", "X-One")

    headers = answer({"ORIGIN": origin})["headers"]

    assert headers.get("Access-Control-Allow-Origin") == allowed
    assert headers.get("Access-Control-Allow-Credentials") == ("true" if allowed else None)
    assert headers.get("Access-Control-Expose-Headers") == ("X-One" if allowed else None)
    assert headers.get("Vary") == ("Origin" if origins.startswith("https") else None)
