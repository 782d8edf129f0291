"""Matching the end of a response to a timeout or size limit of AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from streaming_construct.aws import limits
from streaming_construct.probe.diagnosis import causes
from streaming_construct.probe.diagnosis.cause import Cause
from streaming_construct.probe.http.timeline import Timeline

# Tolerance around a limit: the network adds latency, and the two clocks start at different times.
_EARLY_SECONDS: Final = 0.1
_LATE_SECONDS: Final = 0.5
_LATE_SHARE: Final = 0.02
# A scaled limit that is shorter cannot be distinguished from an ordinary pause.
_MIN_LIMIT_SECONDS: Final = 0.2
# A body that ends within this share of a size limit reached it: bytes in transit are lost.
_SIZE_TOLERANCE: Final = 0.01


@dataclass(frozen=True, kw_only=True)
class ApiTimeouts:
    """The timeouts of an API that the caller knows. They make the diagnosis more exact.

    Args:
        time_scale: Divisor that the local gateway applies to all time limits. Default: 1.
        integration_timeout: Integration timeout of the route, in seconds. Default: unknown.
        function_timeout: Timeout of the function, in seconds. Default: unknown.
        is_edge_optimized: Whether the API has an edge-optimized endpoint. Default: unknown.
    """

    time_scale: float = 1.0
    integration_timeout: float | None = None
    function_timeout: float | None = None
    is_edge_optimized: bool | None = None


@dataclass(frozen=True)
class TimeoutMatch:
    """A time limit and the measured time that is compared with it, both in seconds."""

    cause: Cause
    limit: float
    measured: float

    @property
    def is_close(self) -> bool:
        """Whether the measured time is within the tolerance around the limit."""
        if self.limit < _MIN_LIMIT_SECONDS:
            return False
        late = self.measured - self.limit
        return -_EARLY_SECONDS <= late <= _LATE_SECONDS + _LATE_SHARE * self.limit


def match_timeout(timeline: Timeline, timeouts: ApiTimeouts) -> TimeoutMatch | None:
    """Return the time limit that is closest to the end of a response, None if none is close.

    Total limits count from the request, idle timeouts from the last byte. The limit is returned
    unscaled.
    """
    matches = [match for match in _list_candidates(timeline, timeouts) if match.is_close]
    if not matches:
        return None
    closest = min(matches, key=lambda match: abs(match.measured - match.limit))
    return TimeoutMatch(closest.cause, closest.limit * timeouts.time_scale, closest.measured)


def _list_candidates(timeline: Timeline, timeouts: ApiTimeouts) -> Iterator[TimeoutMatch]:
    """Yield each time limit that may apply, scaled. Limits that the caller knows come first."""

    def create_candidate(cause: Cause, seconds: float, measured: float) -> TimeoutMatch:
        return TimeoutMatch(cause, seconds / timeouts.time_scale, measured)

    total, silence = timeline.total, timeline.silence
    if timeouts.function_timeout:
        yield create_candidate(causes.FUNCTION_TIMEOUT, timeouts.function_timeout, total)
    if timeouts.integration_timeout:
        yield create_candidate(causes.INTEGRATION_TIMEOUT, timeouts.integration_timeout, total)
    if timeouts.is_edge_optimized is not False:
        yield create_candidate(causes.EDGE_IDLE_TIMEOUT, limits.STREAM_IDLE_SECONDS_EDGE, silence)
    yield create_candidate(
        causes.REGIONAL_IDLE_TIMEOUT, limits.STREAM_IDLE_SECONDS_REGIONAL, silence
    )
    if not timeouts.integration_timeout:
        default = limits.INTEGRATION_TIMEOUT_DEFAULT_MS / 1000
        yield create_candidate(causes.INTEGRATION_TIMEOUT_DEFAULT, default, total)
    yield create_candidate(causes.STREAM_DURATION_LIMIT, limits.STREAM_MAX_SECONDS, total)
    if not timeouts.function_timeout:
        default = limits.FUNCTION_TIMEOUT_DEFAULT_SECONDS
        yield create_candidate(causes.FUNCTION_TIMEOUT_DEFAULT, default, total)


def match_size_limit(size: int) -> int | None:
    """Return the size limit in bytes at which a body of this size ended, None if at none."""
    for limit in (
        limits.FUNCTION_PAYLOAD_MAX_BYTES,
        limits.STREAM_UNTHROTTLED_BYTES,
        limits.FUNCTION_STREAM_MAX_BYTES,
    ):
        if limit * (1 - _SIZE_TOLERANCE) <= size <= limit:
            return limit
    return None
