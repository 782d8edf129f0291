"""A streamed body slowed down or held back, as it may be on its way through AWS."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

from streaming_construct.aws import limits

_SLICE_BYTES: Final = 64 * limits.KIB


class BandwidthLimit:
    """A bandwidth: the first `free_bytes` pass at once, the rest at `bytes_per_second`."""

    def __init__(
        self,
        free_bytes: float,
        bytes_per_second: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = free_bytes
        self._rate = bytes_per_second
        self._clock = clock
        self._busy_until = clock()

    def compute_delay(self, size: int) -> float:
        """Count `size` more bytes; return the seconds until the last of them has passed."""
        throttled = max(0.0, size - self._free)
        self._free = max(0.0, self._free - size)
        now = self._clock()
        if throttled:
            self._busy_until = max(self._busy_until, now) + throttled / self._rate
        return max(0.0, self._busy_until - now)


def create_aws_bandwidth_limits(time_scale: float) -> tuple[BandwidthLimit, ...]:
    """Return the bandwidths that a streamed body goes through: Lambda's, then API Gateway's.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
    """
    return (
        BandwidthLimit(
            limits.FUNCTION_STREAM_UNTHROTTLED_BYTES,
            limits.FUNCTION_STREAM_BYTES_PER_SECOND * time_scale,
        ),
        BandwidthLimit(
            limits.STREAM_UNTHROTTLED_BYTES, limits.STREAM_BYTES_PER_SECOND * time_scale
        ),
    )


async def limit_bandwidth(
    body: AsyncIterator[bytes], paces: tuple[BandwidthLimit, ...]
) -> AsyncIterator[bytes]:
    """Yield a body at the slowest of some paces, in slices of at most 64 KiB."""
    async for data in body:
        for start in range(0, len(data), _SLICE_BYTES):
            chunk = data[start : start + _SLICE_BYTES]
            if seconds := max(pace.compute_delay(len(chunk)) for pace in paces):
                await asyncio.sleep(seconds)
            yield chunk


async def coalesce(body: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """Yield a body in chunks of at least `size` bytes, and the rest when the body ends or fails.

    Raises:
        Exception: The body's own, after what came before it.
    """
    buffer = bytearray()
    try:
        async for data in body:
            buffer += data
            if len(buffer) >= size:
                yield bytes(buffer)
                buffer.clear()
    except Exception:
        if buffer:
            yield bytes(buffer)
        raise
    if buffer:
        yield bytes(buffer)
