"""The Host headers that the gateway accepts."""

from __future__ import annotations

import pytest

from streaming_construct.local.gateway.client_checks.host_check import is_own_host
from streaming_construct.local.gateway.request import GatewayRequest


@pytest.mark.parametrize(
    ("name", "bound_to", "is_own"),
    [
        ("localhost", "127.0.0.1", True),
        ("LOCALHOST", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("[::1]", "::1", True),
        ("api.test", "api.test", True),
        ("[fe80::1]", "fe80::1", True),
        ("api.test", "127.0.0.1", False),
        ("192.168.1.7", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        ("localhost.evil.example", "127.0.0.1", False),
        ("192.168.1.7", "0.0.0.0", True),
        ("[2001:db8::1]", "::", True),
        ("evil.example", "0.0.0.0", False),
        ("", "0.0.0.0", False),
    ],
)
def test_only_names_of_this_machine_are_accepted(name: str, bound_to: str, is_own: bool) -> None:
    """If the gateway listens on every address, it accepts literal addresses, but no names."""
    assert is_own_host(name, bound_to) is is_own


def test_an_allowed_name_is_accepted() -> None:
    """In any case, and no other name."""
    assert is_own_host("Tunnel.example", "127.0.0.1", ["tunnel.example"])
    assert not is_own_host("other.example", "127.0.0.1", ["tunnel.example"])


@pytest.mark.parametrize(
    "host",
    [
        "localhost:80@evil.test",
        "localhost@evil.test",
        "[::1].evil.test",
        "[::1",
        "localhost, evil.test",
        "localhost:80:80",
        "127.1",
        "0x7f.1",
        "127.0.0.1.",
    ],
)
def test_a_host_header_is_compared_completely(host: str) -> None:
    """A name that starts like a name of this machine is another name."""
    request = GatewayRequest(
        method="GET",
        full_path="/",
        path="/",
        query="",
        headers=(("Host", host),),
        source_ip="127.0.0.1",
        port=3000,
    )
    assert not is_own_host(request.host, "127.0.0.1")
