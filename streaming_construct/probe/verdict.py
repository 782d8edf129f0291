"""Did it stream? A judgement on when things arrived."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streaming_construct.probe.timeline import Timeline

# Below this no network and no scheduler can be told from a server that sends all at once.
INSTANT_SECONDS = 0.02
# Nor can it when the whole body came within this share of the time that the request took.
INSTANT_SHARE = 0.02


class Verdict(str, Enum):
    """What the arrivals say, in words to be shown."""

    STREAMED = "streamed"
    BURSTY = "bursty"
    ONE_PIECE = "in one piece"
    UNTOLD = "too little to tell"
    EMPTY = "empty"


def judge(timeline: Timeline, chunks: int | None = None) -> Verdict:
    """Judge a response by its arrivals and by the number of chunks it consists of.

    Arrivals are first counted as landings: those that follow each other faster than a quarter of
    the even pace (the time from first to last arrival, shared out among the chunks) are one, so a
    large chunk that came in several reads counts once. Then, in this order:

    - empty: no byte came.
    - too little to tell: a single chunk; two chunks that came together, since two small writes may
      legitimately share a packet; or a request over so fast (20 ms) that any stream would look the
      same.
    - in one piece: first and last byte are less than 20 ms, or less than 2% of the request's time,
      apart.
    - streamed: at least half as many landings as chunks. Two chunks that now and then come
      together are no fault.
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
    together = timeline.span < max(INSTANT_SECONDS, INSTANT_SHARE * timeline.total)
    if chunks < 2 or timeline.total < INSTANT_SECONDS or (together and chunks == 2):
        return Verdict.UNTOLD
    if together:
        return Verdict.ONE_PIECE
    return Verdict.STREAMED if 2 * landings(timeline, chunks) >= chunks else Verdict.BURSTY


def landings(timeline: Timeline, chunks: int) -> int:
    """Count arrivals, those closer together than a quarter of the even pace of `chunks` as one."""
    pause = timeline.span / max(chunks - 1, 1) / 4
    return sum(gap >= pause for gap in timeline.gaps) + bool(timeline.arrivals)
