"""A compressed body as it was before: each arrival with what could be unpacked by then."""

from __future__ import annotations

import zlib

from streaming_construct.probe.http.timeline import Arrival, Timeline

# zlib's own numbers: 16 is gzip's header, and negative is deflate without one.
_WINDOWS = {"gzip": (zlib.MAX_WBITS | 16,), "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS)}
# What unpacks to more is no stream to look at.
_MOST_BYTES = 256 * 1024 * 1024


def decoded(timeline: Timeline, encoding: str) -> Timeline | None:
    """Unpack `gzip` and `deflate`; None for other encodings, and for what is not packed so."""
    windows = _WINDOWS.get(encoding.strip().lower(), ())
    return next(filter(None, (_unpacked(timeline, window) for window in windows)), None)


def _unpacked(timeline: Timeline, window: int) -> Timeline | None:
    try:
        arrivals = _arrivals(timeline, window)
    except zlib.error:
        return None
    return Timeline(arrivals, timeline.total, timeline.head)


def _arrivals(timeline: Timeline, window: int) -> tuple[Arrival, ...]:
    unpacker, found, room = zlib.decompressobj(window), [], _MOST_BYTES
    for arrival in timeline.arrivals:
        data = unpacker.decompress(arrival.data, max(room, 1))
        room -= len(data)
        if data:
            found.append(Arrival(arrival.at, data))
    return tuple(found)
