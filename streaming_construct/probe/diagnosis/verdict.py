"""Did it stream? A judgement on when things arrived."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streaming_construct.probe.http.timeline import Timeline

# Below this no network and no scheduler can be told from a server that sends all at once.
INSTANT_SECONDS = 0.02
# Nor can it when the whole body came within this share of the time that the request took.
INSTANT_SHARE = 0.05
# Fewer chunks than this may be spread over so short a time by a reader that paused.
_FEW_CHUNKS = 8
# So many spans are looked at, or as many as the 20 ms that tell anything: rows of an export are
# written faster than anybody could tell them apart.
_TELLABLE_CHUNKS = 50


class Verdict(str, Enum):
    """What became of a request, in words to be shown."""

    STREAMED = "streamed"
    SLOWED = "slowed"
    BURSTY = "bursty"
    BUFFERED = "buffered"
    CUT_SHORT = "cut short"
    THROTTLED = "throttled"
    REFUSED = "refused"
    FAILED = "failed"
    UNTOLD = "too little to tell"
    EMPTY = "empty"
    NO_ANSWER = "no answer"

    @property
    def streamed(self) -> bool:
        """Whether it came piece by piece; what is slowed does, too."""
        return self in (Verdict.STREAMED, Verdict.SLOWED)


def judge(timeline: Timeline, chunks: int | None = None) -> Verdict:
    """Judge a response by its arrivals and by the number of chunks it consists of.

    The time from first to last arrival is shared out evenly among the chunks. Arrivals closer
    together than a quarter of such a span are one landing. In this order:

    - empty: no byte came.
    - too little to tell: a single chunk; two chunks that came together, since two small writes may
      legitimately share a packet; a request over so fast (20 ms) that any stream would look the
      same; or less than eight chunks spread over less than 5% of the request's time.
    - streamed: first and last byte are 20 ms apart or more, and there are half as many landings as
      chunks, or half of the spans have an arrival. Two chunks that now and then come together are
      no fault.
    - buffered: first and last byte are less than 20 ms, or less than 5% of the request's time,
      apart.
    - bursty: anything else; it came in several landings, each with many chunks.

    Only the network's pace is seen from here: a body so large that the network needs time for it
    looks streamed even when its server held it back. Watch with small chunks.

    Args:
        timeline: When the body arrived.
        chunks: How many chunks the body says it has. Default: not known, and each arrival counts
            as one.
    """
    if chunks is None:
        chunks = len(timeline.arrivals)
    if not timeline.arrivals:
        return Verdict.EMPTY
    brief = timeline.span < INSTANT_SHARE * timeline.total
    instant = timeline.span < INSTANT_SECONDS
    together = brief or instant
    if chunks < 2 or timeline.total < INSTANT_SECONDS or (together and chunks == 2):
        return Verdict.UNTOLD
    if not instant and _is_evenly_spread(timeline, chunks):
        return Verdict.UNTOLD if brief and chunks < _FEW_CHUNKS else Verdict.STREAMED
    return Verdict.BUFFERED if together else Verdict.BURSTY


def bursts(timeline: Timeline, chunks: int) -> tuple[int, ...]:
    """Give the bytes of each landing: arrivals closer together than a quarter of the even pace."""
    pause = timeline.span / max(chunks - 1, 1) / 4
    sizes: list[int] = []
    before = None
    for arrival in timeline.arrivals:
        if before is None or arrival.at - before >= pause:
            sizes.append(0)
        sizes[-1] += len(arrival.data)
        before = arrival.at
    return tuple(sizes)


def _is_evenly_spread(timeline: Timeline, chunks: int) -> bool:
    """Whether there are half as many landings as chunks, or half of their even spans are hit.

    Landings forgive a machine that is late at times, spans a flow without a pause.
    """
    if 2 * len(bursts(timeline, chunks)) >= chunks:
        return True
    spans = min(chunks, max(_TELLABLE_CHUNKS, int(timeline.span / INSTANT_SECONDS)))
    start, width = timeline.arrivals[0].at, timeline.span / spans
    # An arrival may lie on the border between two spans, give or take the last bit of a float.
    hit = {min(int((a.at - start) / width + 1e-6), spans - 1) for a in timeline.arrivals}
    return 2 * len(hit) >= spans


def measures(timeline: Timeline) -> tuple[str, str, str]:
    """Give first-byte time, gaps (shortest, median, longest) and total, in seconds."""
    first = "-" if timeline.first_byte is None else f"{timeline.first_byte:.3f}"
    gaps = sorted(timeline.gaps)
    spread = f"{gaps[0]:.3f} {gaps[len(gaps) // 2]:.3f} {gaps[-1]:.3f}" if gaps else "-"
    return first, spread, f"{timeline.total:.3f}"


def verdict_line(verdict: str, timeline: Timeline, chunks: int | None) -> str:
    """Draw the verdict on a response and what it rests on."""
    first, gaps, total = measures(timeline)
    count = len(timeline.arrivals)
    parts = [f"{count} arrival{'' if count == 1 else 's'}"]
    if chunks is not None:
        parts[0] += f" of {chunks} chunk{'' if chunks == 1 else 's'}"
    if timeline.arrivals:
        parts.append(f"first byte {first} s")
    if timeline.gaps:
        parts.append(f"gaps {gaps} s (shortest, median, longest)")
    return f"{verdict}: {', '.join([*parts, f'total {total} s'])}"
