"""Warnings about response headers that a client or a browser cannot use."""

from __future__ import annotations

from dataclasses import dataclass

from streaming_construct.probe.diagnosis import causes
from streaming_construct.probe.diagnosis.cause import Cause
from streaming_construct.probe.http.response import Response


@dataclass(frozen=True)
class HeaderWarning:
    """A problem that does not change the verdict: its cause, and the values behind it."""

    cause: Cause
    detail: str


def find_header_warnings(response: Response, origin: str | None = None) -> list[HeaderWarning]:
    """Check the response headers.

    Args:
        response: The response.
        origin: The Origin header of the request. Default: none, as for a client that is not a
            browser.
    """
    if not response.status:
        return []
    warnings = []
    if remapped := response.get_header("x-amzn-remapped-www-authenticate"):
        detail = f"x-amzn-Remapped-WWW-Authenticate: {remapped}"
        warnings.append(HeaderWarning(causes.REMAPPED_WWW_AUTHENTICATE, detail))
    if origin is not None and not _is_allowed(response, origin):
        warnings.append(HeaderWarning(causes.ORIGIN_NOT_ALLOWED, _describe(response, origin)))
    return warnings


def _is_allowed(response: Response, origin: str) -> bool:
    """Return whether the CORS check of a request without credentials passes.

    https://fetch.spec.whatwg.org/#cors-check
    """
    return response.get_header("access-control-allow-origin") in ("*", origin)


def _describe(response: Response, origin: str) -> str:
    allowed = response.get_header("access-control-allow-origin")
    if allowed is None:
        return f"Origin: {origin}, no Access-Control-Allow-Origin"
    return f"Origin: {origin}, Access-Control-Allow-Origin: {allowed}"
