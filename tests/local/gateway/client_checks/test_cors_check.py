"""The console names responses that a browser hides from the page that sent the request."""

from __future__ import annotations

import pytest

from tests.local.gateway.test_gateway import STREAMED, fetch
from tests.support.in_memory_functions import prelude

PAGE = "http://127.0.0.1:5173"


@pytest.mark.parametrize(
    ("origin", "allowed", "is_hidden"),
    [
        (PAGE, None, True),
        (PAGE, "https://app.example", True),
        (PAGE, PAGE, False),
        (PAGE, "*", False),
        (None, None, False),
    ],
)
def test_a_response_without_cors_headers_is_named(
    origin: str | None, allowed: str | None, *, is_hidden: bool
) -> None:
    """An app without CORS behind an API with it is the usual cause."""
    response_headers = {"Access-Control-Allow-Origin": allowed} if allowed else {}
    request_headers = {"Origin": origin} if origin else {}

    response, console = fetch(
        STREAMED, [prelude(statusCode=200, headers=response_headers), b"x"], headers=request_headers
    )

    assert response.status_code == 200
    hidden = [line for line in console if f"a browser hides this response from {PAGE}" in line]
    assert bool(hidden) == is_hidden
