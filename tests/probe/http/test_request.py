"""Requests as the probe sends and prints them."""

from __future__ import annotations

import pytest

from streaming_construct.probe.http.request import Request, add_scheme, redact_url


@pytest.mark.parametrize(
    ("url", "completed"),
    [
        ("localhost:3000/x", "http://localhost:3000/x"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("[::1]:3000/x?a=b", "http://[::1]:3000/x?a=b"),
        ("localhost.example.com/x", "https://localhost.example.com/x"),
        ("127.0.0.1.example.com", "https://127.0.0.1.example.com"),
        ("abc.execute-api.eu-west-1.amazonaws.com/prod", None),
        ("//example.com/x", "https://example.com/x"),
    ],
)
def test_a_missing_scheme_is_added(url: str, completed: str | None) -> None:
    """It is http for a loopback host, https for all others."""
    assert add_scheme(url) == (completed or f"https://{url}")


@pytest.mark.parametrize("url", ["http://x/", "HTTPS://x/", "ftp://x/", "http:/x"])
def test_a_url_with_a_scheme_is_unchanged(url: str) -> None:
    """Even if it is malformed, so that the message quotes the input."""
    assert add_scheme(url) == url


@pytest.mark.parametrize(
    ("url", "redacted"),
    [
        ("https://me:pw@host/x?api_key=1&page=2", "https://host/x?api_key=***&page=2"),
        ("https://host/x?page=2", "https://host/x?page=2"),
        ("//[::1/", "***"),
    ],
)
def test_secrets_in_a_url_are_redacted(url: str, redacted: str) -> None:
    """User, password and secrets in the query."""
    assert redact_url(url) == redacted


def test_headers_are_found_by_their_name_in_any_case() -> None:
    """HTTP does not distinguish cases."""
    request = Request("https://host/", headers={"oRIGIN": "https://app.test"})

    assert request.get_header("Origin") == "https://app.test"
    assert request.get_header("Host") is None
