"""The headers of a function in the response."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.local.gateway.response_headers import (
    to_buffered_client_headers,
    to_client_headers,
    to_streamed_client_headers,
)

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
REMAPPED = [
    "Authorization",
    "Connection",
    "Content-MD5",
    "Date",
    "Max-Forwards",
    "Server",
    "User-Agent",
    "WWW-Authenticate",
]
DROPPED = ["Expect", "Host", "Proxy-Authenticate", "TE", "Trailer", "Transfer-Encoding", "Upgrade"]
NAMES = st.sampled_from(
    [*REMAPPED, *DROPPED, "Via", "X-Mine", "Set-Cookie", "Content-Type", "ETag"]
)
PAIRS = st.lists(st.tuples(NAMES, st.text("abc", max_size=3))).map(tuple)


@pytest.mark.parametrize("name", [*REMAPPED, *(name.lower() for name in REMAPPED)])
def test_headers_that_the_gateway_sets_are_renamed(name: str) -> None:
    """The header of the function gets another name, in its letter case."""
    assert to_client_headers([(name, "x")]) == ((f"x-amzn-Remapped-{name}", "x"),)


@pytest.mark.parametrize("name", [*DROPPED, "Via", "Keep-Alive", "proxy-connection"])
def test_headers_of_a_connection_are_dropped(name: str) -> None:
    """They do not describe the connection of the client."""
    assert to_client_headers([(name, "x")]) == ()


@given(PAIRS)
def test_other_headers_pass_in_order(
    pairs: tuple[tuple[str, str], ...],
) -> None:
    """Repeated headers stay repeated, and no header is added."""
    changed = {name.lower() for name in (*REMAPPED, *DROPPED, "Via")}
    passed = [
        pair for pair in to_client_headers(pairs) if not pair[0].startswith("x-amzn-Remapped-")
    ]

    assert passed == [pair for pair in pairs if pair[0].lower() not in changed]
    assert to_client_headers(to_client_headers(pairs)) == to_client_headers(pairs)


def test_the_gateway_sets_the_length_of_a_buffered_response() -> None:
    """The header of the function is renamed."""
    assert to_buffered_client_headers([("content-length", "7")]) == (
        ("x-amzn-Remapped-content-length", "7"),
    )


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("Content-Length", "7")], (("Content-Length", "7"),)),
        ([("content-length", "7"), ("Content-Length", " 7")], (("Content-Length", "7"),)),
        ([("Content-Length", "7"), ("Transfer-Encoding", "chunked")], ()),
    ],
)
def test_the_length_of_a_stream_is_sent_unless_it_is_chunked(
    pairs: list[tuple[str, str]], expected: tuple[tuple[str, str], ...]
) -> None:
    """The length is sent once. Transfer-Encoding precedes it."""
    assert to_streamed_client_headers(pairs) == expected


@pytest.mark.parametrize("values", [["7", "8"], ["-1"], ["seven"], ["7, 7"], [""]])
def test_two_different_lengths_are_an_error(values: list[str]) -> None:
    """A client could read two lengths as two responses."""
    with pytest.raises(ValueError, match="Content-Length is not one number"):
        to_streamed_client_headers([("Content-Length", value) for value in values])
