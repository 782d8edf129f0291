"""`Verdict`: whether a response streamed, judged by the arrival times of its body."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streaming_construct.probe.http.timeline import Timeline

# Within this time, a stream and a buffered response look the same.
INSTANT_SECONDS: Final = 0.02
# The same is true if the whole body arrived within this share of the request's time.
INSTANT_SHARE: Final = 0.05
# A client that paused can spread fewer chunks than this over such a share.
_FEW_CHUNKS: Final = 8
# Number of intervals to compare at least. Rows of an export arrive faster than 20 ms apart.
_MIN_INTERVALS: Final = 50


class Verdict(str, Enum):
    """The result of a probe, as printed."""

    STREAMED = "streamed"
    BANDWIDTH_LIMITED = "bandwidth-limited"
    BURSTY = "bursty"
    BUFFERED = "buffered"
    TRUNCATED = "truncated"
    THROTTLED = "throttled"
    DENIED = "denied"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    EMPTY = "empty"
    NO_RESPONSE = "no response"

    @property
    def is_streamed(self) -> bool:
        """Whether the response streamed. A bandwidth-limited response streams too."""
        return self in (Verdict.STREAMED, Verdict.BANDWIDTH_LIMITED)


def judge(timeline: Timeline, chunks: int | None = None) -> Verdict:
    """Judge a response by its arrivals and by its number of chunks.

    The function divides the time between first and last arrival evenly among the chunks. Arrivals
    that are closer together than a quarter of such an interval are one burst. In this order:

    - empty: no byte arrived.
    - inconclusive: a single chunk, or a request that took less than 20 ms. Two chunks that arrived
      together are inconclusive, since two small writes may share a packet. So are less than eight
      chunks within less than 5% of the request's time.
    - streamed: the first and last byte are 20 ms apart or more. There are half as many bursts as
      chunks, or half of the intervals have an arrival. Two chunks may arrive together at times.
    - buffered: the first and last byte are less than 20 ms, or less than 5% of the request's time,
      apart.
    - bursty: anything else. The body arrived in several bursts with many chunks each.

    A client sees only the speed of the network. A body that is large for the network looks
    streamed even if the server buffered it, so probe with small chunks.

    Args:
        timeline: Arrival times of the body.
        chunks: Number of chunks in the body. Default: unknown, each arrival counts as one.
    """
    if chunks is None:
        chunks = len(timeline.arrivals)
    if not timeline.arrivals:
        return Verdict.EMPTY
    is_brief = timeline.span < INSTANT_SHARE * timeline.total
    is_instant = timeline.span < INSTANT_SECONDS
    is_together = is_brief or is_instant
    if chunks < 2 or timeline.total < INSTANT_SECONDS or (is_together and chunks == 2):
        return Verdict.INCONCLUSIVE
    if not is_instant and _is_evenly_spread(timeline, chunks):
        return Verdict.INCONCLUSIVE if is_brief and chunks < _FEW_CHUNKS else Verdict.STREAMED
    return Verdict.BUFFERED if is_together else Verdict.BURSTY


def measure_bursts(timeline: Timeline, chunks: int) -> tuple[int, ...]:
    """Return the bytes of each burst: arrivals closer together than a quarter of an interval."""
    pause = timeline.span / max(chunks - 1, 1) / 4
    sizes: list[int] = []
    previous = None
    for arrival in timeline.arrivals:
        if previous is None or arrival.at - previous >= pause:
            sizes.append(0)
        sizes[-1] += len(arrival.data)
        previous = arrival.at
    return tuple(sizes)


def _is_evenly_spread(timeline: Timeline, chunks: int) -> bool:
    """Return whether bursts are at least half of the chunks, or half of the intervals have one.

    Bursts tolerate a client that is late at times; intervals tolerate a flow without pauses.
    """
    if 2 * len(measure_bursts(timeline, chunks)) >= chunks:
        return True
    intervals = min(chunks, max(_MIN_INTERVALS, int(timeline.span / INSTANT_SECONDS)))
    start, width = timeline.arrivals[0].at, timeline.span / intervals
    # Rounding may place an arrival just before the border of its interval.
    hit = {min(int((a.at - start) / width + 1e-6), intervals - 1) for a in timeline.arrivals}
    return 2 * len(hit) >= intervals


def format_measures(timeline: Timeline) -> tuple[str, str, str]:
    """Format time to first byte, gaps (shortest, median, longest), and total, in seconds."""
    first = "-" if timeline.first_byte is None else f"{timeline.first_byte:.3f}"
    gaps = sorted(timeline.gaps)
    spread = f"{gaps[0]:.3f} {gaps[len(gaps) // 2]:.3f} {gaps[-1]:.3f}" if gaps else "-"
    return first, spread, f"{timeline.total:.3f}"


def format_verdict_line(verdict: str, timeline: Timeline, chunks: int | None) -> str:
    """Format a verdict with the measures that it is based on."""
    first, gaps, total = format_measures(timeline)
    count = len(timeline.arrivals)
    parts = [f"{count} arrival{'' if count == 1 else 's'}"]
    if chunks is not None:
        parts[0] += f" of {chunks} chunk{'' if chunks == 1 else 's'}"
    if timeline.arrivals:
        parts.append(f"time to first byte {first} s")
    if timeline.gaps:
        parts.append(f"gaps {gaps} s (shortest, median, longest)")
    return f"{verdict}: {', '.join([*parts, f'total {total} s'])}"
