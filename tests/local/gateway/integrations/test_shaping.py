"""Sizes and rates of the chunks of a body, on the clock of the test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.local.gateway.integrations.shaping import (
    BandwidthLimit,
    coalesce,
    limit_bandwidth,
)

pytestmark = pytest.mark.anyio

CHUNKS = st.lists(st.binary(min_size=1, max_size=50), max_size=30)


async def stream(chunks: list[bytes], error: Exception | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if error:
        raise error


async def collect(body: AsyncIterator[bytes]) -> list[bytes]:
    return [chunk async for chunk in body]


@given(CHUNKS, st.integers(1, 100))
async def test_coalescing_fills_every_chunk_but_the_last(chunks: list[bytes], size: int) -> None:
    """The bytes are the same, and only the last chunk may be smaller than requested."""
    result = await collect(coalesce(stream(chunks), size))

    assert b"".join(result) == b"".join(chunks)
    assert all(len(chunk) >= size for chunk in result[:-1])
    assert all(result)


async def test_coalesced_bytes_precede_the_error() -> None:
    """A stream that fails does not lose its last bytes."""
    received: list[bytes] = []

    async def run() -> None:
        async for chunk in coalesce(stream([b"a", b"b"], OSError("gone")), 10):
            received.append(chunk)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(OSError, match="gone"):
        await run()
    assert received == [b"ab"]


@given(
    free=st.integers(0, 1000),
    rate=st.integers(1, 1000),
    writes=st.lists(st.tuples(st.floats(0, 5), st.integers(1, 500)), max_size=30),
)
def test_a_rate_is_never_exceeded(free: int, rate: int, writes: list[tuple[float, int]]) -> None:
    """If each write waits for its delay, the free bytes and the rate limit the total."""
    now, size = 0.0, 0
    pace = BandwidthLimit(free, rate, clock=lambda: now)
    for pause, length in writes:
        now += pause
        size += length
        now += pace.compute_delay(length)
        assert size <= free + now * rate + 1e-6


async def test_slices_are_small_and_nothing_is_lost() -> None:
    """A megabyte in one write leaves in slices, so that a slow rate still makes progress."""
    chunks = await collect(
        limit_bandwidth(stream([b"x" * 1_000_000]), (BandwidthLimit(2_000_000, 1),))
    )

    assert sum(map(len, chunks)) == 1_000_000
    assert max(map(len, chunks)) == 65536
