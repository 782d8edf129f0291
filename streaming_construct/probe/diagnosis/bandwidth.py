"""Detection of the bandwidth limits of Lambda and API Gateway."""

from __future__ import annotations

from typing import Final

from streaming_construct.aws import limits
from streaming_construct.probe.diagnosis import causes
from streaming_construct.probe.diagnosis.cause import Cause
from streaming_construct.probe.http.timeline import Timeline

# Accepted deviation of the measured rate from the documented one.
_RATE_TOLERANCE: Final = 0.35
# Minimum ratio of the rate before the limit to the rate after it.
_MIN_SLOWDOWN: Final = 1.5
_MIN_BYTES: Final = 256 * limits.KIB
_MIN_SECONDS: Final = 0.1


def detect_bandwidth_limit(
    timeline: Timeline, time_scale: float = 1.0
) -> tuple[Cause, float] | None:
    """Return the bandwidth limit that slowed down a stream, and the bytes per second after it.

    A stream that slows down to 2 MB/s after 6 MB reached Lambda's limit. After 10 MB, it reached
    API Gateway's limit. Returns None for all other responses.
    """
    thresholds = [
        (causes.LAMBDA_BANDWIDTH_LIMIT, limits.FUNCTION_STREAM_UNTHROTTLED_BYTES),
        (causes.API_GATEWAY_BANDWIDTH_LIMIT, limits.STREAM_UNTHROTTLED_BYTES),
    ]
    documented_rate = limits.STREAM_BYTES_PER_SECOND * time_scale
    candidates = []
    for cause, threshold in thresholds:
        rates = _measure_rates(timeline, threshold)
        if rates is None:
            continue
        before, after = rates
        if abs(after / documented_rate - 1) <= _RATE_TOLERANCE and before >= _MIN_SLOWDOWN * after:
            candidates.append((before / after, cause, after))
    if not candidates:
        return None
    _, cause, rate = max(candidates, key=lambda candidate: candidate[0])
    return cause, rate


def _measure_rates(timeline: Timeline, threshold: int) -> tuple[float, float] | None:
    """Return bytes per second before and after a byte count, None if too little follows it."""
    passed, size = None, 0
    for arrival in timeline.arrivals:
        size += len(arrival.data)
        if passed is None and size >= threshold:
            passed = (arrival.at, size)
    if passed is None:
        return None
    at, size_before = passed
    seconds = timeline.arrivals[-1].at - at
    if size - size_before < _MIN_BYTES or seconds < _MIN_SECONDS:
        return None
    return size_before / max(at - timeline.arrivals[0].at, 1e-3), (size - size_before) / seconds
