"""Host header check: web pages of other sites must not reach the gateway.

A page can make its own name resolve to this machine (DNS rebinding) and then read the responses.
The name in the Host header reveals it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


def is_own_host(name: str, bound_to: str, allowed: Iterable[str] = ()) -> bool:
    """Return whether a Host header's name (without port) is one of this gateway's.

    `bound_to` is the address on which the server listens. If it listens on all addresses of the
    machine, any literal address is accepted, since no name resolves to one. `allowed` are further
    names.
    """
    name = name.lower()
    if name in _LOCAL or name in map(str.lower, allowed):
        return True
    if name.strip("[]") == bound_to.lower().strip("[]"):
        return True
    return _is_any_address(bound_to) and _is_address(name)


def is_loopback(name: str) -> bool:
    """Return whether a host name or address means the machine that uses it."""
    name = name.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_any_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
