"""The reader of responses records the bytes of the connection, in chunks of any size."""

from __future__ import annotations

import pytest

from streaming_construct.verify.exchange import Exchange, Framing
from streaming_construct.verify.response_reader import ResponseReader

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nx-a: 2\r\n\r\n"
    b"3\r\none\r\n3;note=x\r\ntwo\r\n0\r\n\r\n"
)


def read(*parts: bytes, method: str = "GET", error: str = "") -> Exchange:
    """Feed parts one second apart, then close the connection."""
    reader = ResponseReader(method)
    for at, part in enumerate(parts, start=1):
        reader.feed(part, float(at))
    return reader.end(float(len(parts) + 1), error)


@pytest.mark.parametrize("size", [1, 2, 7, len(CHUNKED)])
def test_a_chunked_response_in_parts_of_any_size(size: int) -> None:
    parts = [CHUNKED[start : start + size] for start in range(0, len(CHUNKED), size)]
    exchange = read(*parts)
    assert (exchange.status, exchange.reason) == (200, "OK")
    assert exchange.list_header_values("X-A") == ["1", "2"]
    assert exchange.framing is Framing.CHUNKED
    assert exchange.body == b"onetwo"
    assert exchange.is_complete
    assert not exchange.error


def test_each_arrival_has_its_time() -> None:
    head, _, body = CHUNKED.partition(b"3\r\none\r\n")
    exchange = read(head, b"3\r\none\r\n", body)
    assert exchange.timeline.head == 1.0
    assert [(arrival.at, arrival.data) for arrival in exchange.timeline.arrivals] == [
        (2.0, b"one"),
        (3.0, b"two"),
    ]


def test_a_chunked_response_without_its_end_is_incomplete() -> None:
    exchange = read(CHUNKED[:-5])
    assert exchange.body == b"onetwo"
    assert not exchange.is_complete
    assert "before the end" in exchange.error


def test_a_length_ends_the_body() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
    assert read(head + b"fourmore").body == b"four"
    short = read(head + b"thr")
    assert (short.framing, short.is_complete) == (Framing.LENGTH, False)


def test_the_end_of_the_connection_ends_a_body_without_framing() -> None:
    exchange = read(b"HTTP/1.0 200 OK\r\n\r\n", b"text")
    assert (exchange.framing, exchange.body, exchange.is_complete) == (
        Framing.CLOSE,
        b"text",
        True,
    )
    assert not read(b"HTTP/1.0 200 OK\r\n\r\n", b"text", error="stopped").is_complete


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", b"200 OK"), ("GET", b"204 No Content"), ("GET", b"304 -")]
)
def test_a_response_without_a_body_is_complete_with_its_head(method: str, status: bytes) -> None:
    exchange = read(b"HTTP/1.1 " + status + b"\r\nContent-Length: 9\r\n\r\n", method=method)
    assert (exchange.framing, exchange.is_complete) == (Framing.LENGTH, True)
    plain = read(b"HTTP/1.1 " + status + b"\r\n\r\n", method=method)
    assert (plain.framing, plain.is_complete) == (Framing.NONE, True)


def test_interim_responses_are_counted_and_passed() -> None:
    exchange = read(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    assert (exchange.interim_statuses, exchange.status) == ((100,), 204)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200",
        b"",
    ],
)
def test_other_data_is_an_incomplete_exchange(data: bytes) -> None:
    exchange = read(data)
    assert not exchange.is_complete
    assert exchange.error
