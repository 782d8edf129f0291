"""Was a stream slowed down where AWS slows streams down?"""

from __future__ import annotations

from streaming_construct.aws import limits
from streaming_construct.probe.diagnosis import causes
from streaming_construct.probe.diagnosis.causes import Cause
from streaming_construct.probe.http.timeline import Timeline

# The rate behind the bend may be so far from the documented one, either way.
_RATE_SHARE = 0.35
# How much faster the stream was in front of the bend.
_FASTER = 1.5
_MIN_BYTES = 256 * limits.KIB
_MIN_SECONDS = 0.1


def detect_bandwidth_limit(
    timeline: Timeline, time_scale: float = 1.0
) -> tuple[Cause, float] | None:
    """Name whose bandwidth a stream ran into, with the bytes a second behind the bend.

    A stream that flows faster for 6 MB and at 2 MB/s from there on met Lambda's; with the bend at
    10 MB it met API Gateway's. Returns None for any other.
    """
    bends = [
        (causes.LAMBDA_BANDWIDTH, limits.FUNCTION_STREAM_UNTHROTTLED_BYTES),
        (causes.GATEWAY_BANDWIDTH, limits.STREAM_UNTHROTTLED_BYTES),
    ]
    documented = limits.STREAM_BYTES_PER_SECOND * time_scale
    found = []
    for cause, free_bytes in bends:
        rates = _rates(timeline, free_bytes)
        if rates is None:
            continue
        before, behind = rates
        if abs(behind / documented - 1) <= _RATE_SHARE and before >= _FASTER * behind:
            found.append((before / behind, cause, behind))
    if not found:
        return None
    _, cause, rate = max(found, key=lambda each: each[0])
    return cause, rate


def _rates(timeline: Timeline, bend: int) -> tuple[float, float] | None:
    """Bytes a second in front of and behind a number of bytes, None where too little is behind."""
    passed, size = None, 0
    for arrival in timeline.arrivals:
        size += len(arrival.data)
        if passed is None and size >= bend:
            passed = (arrival.at, size)
    if passed is None:
        return None
    at, front = passed
    seconds = timeline.arrivals[-1].at - at
    if size - front < _MIN_BYTES or seconds < _MIN_SECONDS:
        return None
    return front / max(at - timeline.arrivals[0].at, 1e-3), (size - front) / seconds
