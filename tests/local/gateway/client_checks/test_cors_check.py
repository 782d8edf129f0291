"""The console names responses that a browser hides from the page that sent the request."""

from __future__ import annotations

import pytest

from streaming_construct.local.gateway.client_checks.cors_check import find_cors_problem
from streaming_construct.local.gateway.request import GatewayRequest
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


@pytest.mark.parametrize(
    ("has_preflight", "fix"),
    [
        (False, "Pass cors= to StreamingRestApi, and add CorsMiddleware to the app."),
        (True, "Add CorsMiddleware to the app, and check that cors= allows this origin."),
    ],
)
def test_the_fix_is_for_the_missing_headers(fix: str, *, has_preflight: bool) -> None:
    """An API that responds to preflights has `cors=` already."""
    request = GatewayRequest(
        method="GET",
        full_path="/prod/chat",
        path="/chat",
        query="",
        headers=(("Host", "127.0.0.1"), ("Origin", PAGE)),
        source_ip="127.0.0.1",
        port=80,
    )

    problem = find_cors_problem(request, (), has_preflight=has_preflight)

    assert problem is not None
    assert problem.endswith(f"is absent. {fix}")
