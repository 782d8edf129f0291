"""Origin check: web pages of other sites must not make this machine run functions.

A page may send simple requests anywhere, without asking first (a form, an image, `no-cors`). It
cannot read the response, but the function runs. The browser sends the origin of the request.
https://fetch.spec.whatwg.org/#origin-header
https://www.w3.org/TR/fetch-metadata/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from streaming_construct.local.gateway.client_checks.host_check import is_loopback
from streaming_construct.local.gateway.request import GatewayRequest

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def is_foreign_page(request: GatewayRequest, allowed: Iterable[str] = ()) -> bool:
    """Return whether a browser sent the request for a page of another site.

    Pages of the request's own host and of loopback addresses are this machine's own. So is a
    navigation that the user started: a link, or the address bar. `allowed` has further origins;
    `*` stands for all. Clients that are not browsers send none of these headers.
    """
    allowed = tuple(allowed)
    if "*" in allowed:
        return False
    origin = request.get_header("origin")
    if origin is not None:
        return not (origin in allowed or _is_own_origin(origin, request))
    if (request.get_header("sec-fetch-site") or "").lower() != "cross-site":
        return False
    is_navigation = (
        request.method == "GET"
        and request.get_header("sec-fetch-mode") == "navigate"
        and request.get_header("sec-fetch-dest") == "document"
        and request.get_header("sec-fetch-user") == "?1"
    )
    return not is_navigation


def _is_own_origin(origin: str, request: GatewayRequest) -> bool:
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return False
    host = parts.hostname or ""
    if is_loopback(host):
        return True
    name, own_port = request.host.strip("[]").lower(), request.host_port
    # Behind a tunnel the scheme of the Host header is not known.
    own_ports = {own_port} if own_port else set(_DEFAULT_PORTS.values())
    return host == name and port in own_ports
