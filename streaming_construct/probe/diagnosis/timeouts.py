"""Which limit explains the moment at which an answer ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from streaming_construct.aws import limits
from streaming_construct.probe.diagnosis import causes
from streaming_construct.probe.diagnosis.causes import Cause
from streaming_construct.probe.http.timeline import Timeline

# How far from a limit the end may be seen here: bytes have a way to go, and clocks differ in when
# they start. A tenth of a second early, half a second and 2% late.
_EARLY_SECONDS = 0.1
_LATE_SECONDS = 0.5
_LATE_SHARE = 0.02
# What scaled time makes shorter than this is no longer told from an ordinary pause.
_SHORTEST_SECONDS = 0.2
# A size is met when the body ends within this share of it: what is under way is lost.
_SIZE_SHARE = 0.01


@dataclass(frozen=True, kw_only=True)
class ApiTimeouts:
    """What is known about an API beforehand; it sharpens the judgement, and nothing needs it.

    Args:
        time_scale: What the local gateway divides every time limit by. Default: 1.
        integration_timeout: Seconds that the route's integration may take. Default: not known.
        function_timeout: Seconds that the function may run. Default: not known.
    """

    time_scale: float = 1.0
    integration_timeout: float | None = None
    function_timeout: float | None = None


@dataclass(frozen=True)
class TimeoutMatch:
    """A limit that was met: its cause, its seconds as AWS has it, and what was measured."""

    cause: Cause
    limit: float
    measured: float


def match_timeout(timeline: Timeline, known: ApiTimeouts) -> TimeoutMatch | None:
    """Name the limit of time nearest to the end of an answer, None where there is none near.

    The whole time counts from the request on, silence from the last byte on.
    """
    near = [moment for moment in _moments(timeline, known) if _meets(moment)]
    if not near:
        return None
    met = min(near, key=lambda moment: abs(moment.measured - moment.limit))
    return TimeoutMatch(met.cause, met.limit * known.time_scale, met.measured)


def _moments(timeline: Timeline, known: ApiTimeouts) -> Iterator[TimeoutMatch]:
    """Every limit that there may be, in the seconds of this clock. What is known comes first."""

    def moment(cause: Cause, seconds: float, measured: float) -> TimeoutMatch:
        return TimeoutMatch(cause, seconds / known.time_scale, measured)

    total, silence = timeline.total, timeline.silence
    if known.function_timeout:
        yield moment(causes.FUNCTION_TIMEOUT, known.function_timeout, total)
    if known.integration_timeout:
        yield moment(causes.INTEGRATION_TIMEOUT, known.integration_timeout, total)
    yield moment(causes.EDGE_IDLE, limits.STREAM_IDLE_SECONDS_EDGE, silence)
    yield moment(causes.REGIONAL_IDLE, limits.STREAM_IDLE_SECONDS_REGIONAL, silence)
    if not known.integration_timeout:
        default = limits.INTEGRATION_TIMEOUT_DEFAULT_MS / 1000
        yield moment(causes.INTEGRATION_TIMEOUT_DEFAULT, default, total)
    yield moment(causes.STREAM_MAXIMUM, limits.STREAM_MAX_SECONDS, total)
    if not known.function_timeout:
        default = limits.FUNCTION_TIMEOUT_DEFAULT_SECONDS
        yield moment(causes.FUNCTION_TIMEOUT_DEFAULT, default, total)


def _meets(moment: TimeoutMatch) -> bool:
    if moment.limit < _SHORTEST_SECONDS:
        return False
    late = moment.measured - moment.limit
    return -_EARLY_SECONDS <= late <= _LATE_SECONDS + _LATE_SHARE * moment.limit


def match_size_limit(size: int) -> int | None:
    """Give the limit of size in bytes that a body ended at, None where it ended at none."""
    for limit in (
        limits.FUNCTION_PAYLOAD_MAX_BYTES,
        limits.STREAM_UNTHROTTLED_BYTES,
        limits.FUNCTION_STREAM_MAX_BYTES,
    ):
        if limit * (1 - _SIZE_SHARE) <= size <= limit:
            return limit
    return None
