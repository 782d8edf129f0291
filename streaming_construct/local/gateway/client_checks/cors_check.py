"""CORS check: whether a browser gives a response to the page that sent the request.

https://fetch.spec.whatwg.org/#cors-check
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.http.headers import get_header


def find_cors_problem(
    request: GatewayRequest, headers: Iterable[tuple[str, str]], *, has_preflight: bool
) -> str | None:
    """Return why a browser hides a response from the page of another origin; None if it does not.

    Args:
        request: The request. Without an `Origin` header no browser checks the response.
        headers: The headers of the response.
        has_preflight: Whether the API responds to preflights, as it does with `cors=`.
    """
    origin = request.get_header("origin")
    if origin is None or _is_same_origin(origin, request):
        return None
    allowed = get_header(tuple(headers), "access-control-allow-origin")
    if allowed in ("*", origin):
        return None
    fix = (
        "Add CorsMiddleware to the app, and check that cors= allows this origin."
        if has_preflight
        else "Pass cors= to StreamingRestApi, and add CorsMiddleware to the app."
    )
    return (
        f"a browser hides this response from {origin}: Access-Control-Allow-Origin is "
        f"{allowed or 'absent'}. {fix}"
    )


def _is_same_origin(origin: str, request: GatewayRequest) -> bool:
    return urlsplit(origin).netloc.lower() == (request.get_header("host") or "").lower()
