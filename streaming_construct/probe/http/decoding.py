"""Decompression of a recorded body: each arrival with the data that it completes."""

from __future__ import annotations

import zlib
from typing import Final

from streaming_construct.probe.http.timeline import Arrival, Timeline

# `wbits` of zlib: 16 selects the gzip header, a negative number deflate without a header.
_WINDOW_BITS: Final = {
    "gzip": (zlib.MAX_WBITS | 16,),
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}
# Limit of the decompressed size, against decompression bombs.
_MAX_BYTES: Final = 256 * 1024 * 1024


def decode(timeline: Timeline, encoding: str) -> Timeline | None:
    """Decompress `gzip` and `deflate`; None for another encoding, and for malformed data."""
    windows = _WINDOW_BITS.get(encoding.strip().lower(), ())
    return next(filter(None, (_decompress(timeline, bits) for bits in windows)), None)


def _decompress(timeline: Timeline, window_bits: int) -> Timeline | None:
    try:
        arrivals = _decompress_arrivals(timeline, window_bits)
    except zlib.error:
        return None
    return Timeline(arrivals, timeline.total, timeline.head)


def _decompress_arrivals(timeline: Timeline, window_bits: int) -> tuple[Arrival, ...]:
    decompressor, arrivals, remaining = zlib.decompressobj(window_bits), [], _MAX_BYTES
    for arrival in timeline.arrivals:
        data = decompressor.decompress(arrival.data, max(remaining, 1))
        remaining -= len(data)
        if data:
            arrivals.append(Arrival(arrival.at, data))
    return tuple(arrivals)
