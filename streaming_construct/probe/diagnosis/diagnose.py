"""From what came back to a verdict with its cause: pure, whoever made the request."""

from __future__ import annotations

from dataclasses import dataclass, replace

from streaming_construct.aws.limits import FUNCTION_PAYLOAD_MAX_BYTES
from streaming_construct.probe.diagnosis import causes
from streaming_construct.probe.diagnosis.bandwidth import detect_bandwidth_limit
from streaming_construct.probe.diagnosis.causes import Cause
from streaming_construct.probe.diagnosis.chunks import Chunk, split_chunks
from streaming_construct.probe.diagnosis.error_responses import diagnose_error_response
from streaming_construct.probe.diagnosis.intermediaries import (
    Intermediary,
    compression,
    detect_intermediaries,
    is_http_api,
)
from streaming_construct.probe.diagnosis.timeouts import (
    ApiTimeouts,
    match_size_limit,
    match_timeout,
)
from streaming_construct.probe.diagnosis.timestamps import ChunkTimestamps, find_timestamps
from streaming_construct.probe.diagnosis.verdict import Verdict, bursts, judge
from streaming_construct.probe.http.decoding import decoded
from streaming_construct.probe.http.response import Response, TransportErrorKind
from streaming_construct.probe.http.timeline import Arrival, Timeline

# What the Web Adapter writes into a body whose app broke off (aws/aws-lambda-web-adapter 1.1).
_FAILURE_IN_BODY = b"Lambda-Runtime-Function-Error-Type:"
_NO_ANSWER = {
    TransportErrorKind.UNKNOWN_HOST: causes.UNKNOWN_HOST,
    TransportErrorKind.CONNECTION_REFUSED: causes.CONNECTION_REFUSED,
    TransportErrorKind.UNREACHABLE: causes.UNREACHABLE,
    TransportErrorKind.TLS: causes.TLS_FAILED,
    TransportErrorKind.NOT_HTTP: causes.NOT_HTTP,
    TransportErrorKind.CLOSED: causes.CLOSED,
    TransportErrorKind.BROKE_OFF: causes.CLOSED,
    TransportErrorKind.SILENT: causes.NO_ANSWER_IN_TIME,
}
# Reads of a network that is busy with one large body are of this size or larger, half of them.
_LARGE_READ_BYTES = 1024


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What became of a request, why, and what it rests on.

    `cause` is None where all is well, and where the verdict says everything. `detail` gives the
    figures that the cause was found by. `chunks` is how many events or lines the body holds, None
    where they cannot be told apart; `buffer_bytes` the apparent size of a buffer on the way.
    `chunk_times` are each chunk's arrival and, where it says so, when it was written, both in
    seconds of the timeline: the chunk that was fastest is taken to have needed no time.
    """

    verdict: Verdict
    cause: Cause | None = None
    detail: str = ""
    chunks: int | None = None
    buffer_bytes: int | None = None
    waypoints: tuple[Intermediary, ...] = ()
    compression: str | None = None
    content_length: int | None = None
    chunk_times: tuple[tuple[float, float | None], ...] = ()

    @property
    def path_delay(self) -> float | None:
        """Seconds that the slowest chunk needed more than the fastest, None without times."""
        delays = [at - written for at, written in self.chunk_times if written is not None]
        return max(delays) if delays else None


@dataclass(frozen=True)
class _Body:
    """A body unpacked, with its chunks."""

    timeline: Timeline
    records: tuple[Chunk, ...] | None
    stamps: ChunkTimestamps | None

    @property
    def chunks(self) -> int | None:
        return None if self.records is None else len(self.records)


def diagnose(response: Response, known: ApiTimeouts | None = None) -> Diagnosis:
    """Judge a response. What was stopped on purpose is judged by what came until then."""
    known = known or ApiTimeouts()
    body = _body(response)
    length = response.header("content-length") or ""
    found = _verdict(response, body, known)
    return replace(
        found,
        chunks=body.chunks,
        waypoints=detect_intermediaries(response),
        compression=compression(response),
        content_length=int(length) if length.isascii() and length.isdigit() else None,
        chunk_times=_chunk_times(body),
    )


def _verdict(response: Response, body: _Body, known: ApiTimeouts) -> Diagnosis:
    fault = response.fault
    if not response.status:
        cause = _NO_ANSWER.get(fault) if fault else None
        return Diagnosis(verdict=Verdict.NO_ANSWER, cause=cause, detail=response.error or "")
    if not 200 <= response.status < 300:
        verdict, cause = diagnose_error_response(response, known)
        return Diagnosis(verdict=verdict, cause=cause, detail=_said(response))
    if _FAILURE_IN_BODY in body.timeline.body:
        return Diagnosis(verdict=Verdict.CUT_SHORT, cause=causes.FAILURE_IN_BODY)
    if fault and not fault.is_intentional:
        return _diagnose_truncation(response, known)
    return _diagnose_pacing(response, body, known)


def _body(response: Response) -> _Body:
    packed = compression(response)
    timeline = response.timeline if packed is None else decoded(response.timeline, packed)
    if timeline is None:
        return _Body(response.timeline, None, None)
    found = split_chunks(response.content_type, timeline.body)
    texts = [record.text for record in found or ()]
    return _Body(timeline, found, find_timestamps(texts))


def _said(response: Response) -> str:
    """Status, error type and the beginning of an error's body, on one line."""
    parts = [f"status {response.status}"]
    if kind := response.header("x-amzn-errortype"):
        parts.append(kind)
    if location := response.header("location"):
        parts.append(f"Location: {location}")
    words = " ".join(response.timeline.body[:300].decode(errors="replace").split())
    return ", ".join([*parts, *([words] if words else [])])


def _diagnose_truncation(response: Response, known: ApiTimeouts) -> Diagnosis:
    timeline = response.timeline
    when = f"ended after {timeline.total:.3f} s, {timeline.silence:.3f} s after the last byte"

    def cut(cause: Cause, *more: str) -> Diagnosis:
        return Diagnosis(verdict=Verdict.CUT_SHORT, cause=cause, detail=", ".join([when, *more]))

    if response.fault is TransportErrorKind.SILENT:
        return cut(causes.FELL_SILENT)
    if (limit := match_size_limit(timeline.size)) is not None:
        return cut(causes.SIZE_LIMIT, f"at {timeline.size} of {limit} bytes")
    if moment := match_timeout(timeline, known):
        return cut(moment.cause, f"where the limit is {moment.limit:g} s{_scaled(known)}")
    if (length := response.header("content-length")) is not None:
        return cut(causes.LENGTH_NOT_KEPT, f"{timeline.size} of {length} bytes")
    return cut(causes.BROKE_OFF, *_round_number(timeline.total * known.time_scale))


def _scaled(known: ApiTimeouts) -> str:
    return "" if known.time_scale == 1 else f" divided by {known.time_scale:g}"


def _round_number(seconds: float) -> tuple[str, ...]:
    """Point out a whole number of five seconds: timeouts are, and nothing else is as a rule."""
    nearest = round(seconds / 5) * 5
    if nearest and abs(seconds - nearest) < 0.3:
        return (f"about {nearest} s: compare the timeouts of function and integration",)
    return ()


def _diagnose_pacing(response: Response, body: _Body, known: ApiTimeouts) -> Diagnosis:
    """Judge a success by the pace at which it came."""
    verdict = judge(body.timeline, body.chunks)
    if verdict is Verdict.EMPTY:
        return Diagnosis(verdict=verdict, cause=causes.NO_BODY)
    if verdict is Verdict.UNTOLD:
        few = (body.chunks or len(body.timeline.arrivals)) < 3
        cause = causes.TOO_FEW_CHUNKS if few else causes.TOO_FAST
        return Diagnosis(verdict=verdict, cause=cause)
    if verdict is Verdict.BUFFERED:
        return _diagnose_buffering(verdict, response, body)
    if bend := detect_bandwidth_limit(response.timeline, known.time_scale):
        cause, rate = bend
        detail = f"{rate / 1e6:.2f} MB/s behind the bend"
        return Diagnosis(verdict=Verdict.SLOWED, cause=cause, detail=detail)
    if verdict is Verdict.BURSTY:
        return _diagnose_buffering(verdict, response, body)
    if _as_fast_as_the_network(response, body):
        return Diagnosis(verdict=Verdict.UNTOLD, cause=causes.NETWORK_PACED)
    return Diagnosis(verdict=verdict)


def _as_fast_as_the_network(response: Response, body: _Body) -> bool:
    """Whether a body with a length, and without chunks of its own, came in large reads.

    What is larger than a buffered answer can be was streamed.
    """
    sizes = sorted(len(arrival.data) for arrival in body.timeline.arrivals)
    known_length = response.header("content-length") is not None and body.chunks is None
    large = sizes[len(sizes) // 2] >= _LARGE_READ_BYTES
    return known_length and large and response.timeline.size <= FUNCTION_PAYLOAD_MAX_BYTES


def _diagnose_buffering(verdict: Verdict, response: Response, body: _Body) -> Diagnosis:
    written, size = _written(body), None
    if verdict is Verdict.BUFFERED:
        cause = _why_buffered(response, written)
    else:
        size = _buffer_bytes(body)
        cause = _why_bursty(response, written, size)
    details = []
    if cause is causes.COMPRESSED:
        details.append(f"Content-Encoding: {compression(response)}")
    if cause is causes.PROXY_IN_BETWEEN:
        details += [f"{each.name} ({each.evidence})" for each in _suspects(response)]
    if cause is causes.SMALL_WRITES_HELD_BACK:
        details.append(f"a buffer of about {size} bytes")
    head, first = response.timeline.head, response.timeline.first_byte
    if verdict is Verdict.BUFFERED and head is not None and first and head < first / 2:
        details.append(f"the head came at {head:.3f} s, long before the body at {first:.3f} s")
    return Diagnosis(verdict=verdict, cause=cause, detail=", ".join(details), buffer_bytes=size)


def _why_buffered(response: Response, written: Verdict | None) -> Cause:
    if written is Verdict.BUFFERED:
        return causes.WRITTEN_AT_ONCE
    if response.header("content-length") is not None and not is_http_api(response):
        return causes.WHOLE_BEFORE_SENT
    if on_the_way := _buffering_intermediary(response):
        return on_the_way
    return causes.HELD_BACK if written is None else causes.HELD_BACK_ON_THE_WAY


def _why_bursty(response: Response, written: Verdict | None, size: int | None) -> Cause:
    if written in (Verdict.BURSTY, Verdict.BUFFERED):
        return causes.WRITTEN_IN_BURSTS
    if on_the_way := _buffering_intermediary(response):
        return on_the_way
    if size is not None:
        return causes.SMALL_WRITES_HELD_BACK
    return causes.BURSTS if written is None else causes.HELD_BACK_ON_THE_WAY


def _buffering_intermediary(response: Response) -> Cause | None:
    """Who left a sign of gathering what it passed on."""
    if is_http_api(response):
        return causes.HTTP_API
    if compression(response):
        return causes.COMPRESSED
    return causes.PROXY_IN_BETWEEN if _suspects(response) else None


def _suspects(response: Response) -> list[Intermediary]:
    return [each for each in detect_intermediaries(response) if each.may_buffer]


def _written(body: _Body) -> Verdict | None:
    """How the chunks were written, by the times within them; None where these do not tell."""
    if body.stamps is None:
        return None
    times = body.stamps.known
    span = times[-1] - times[0]
    if body.stamps.resolution >= 1:
        # Whole seconds hide what happens within one.
        return Verdict.STREAMED if span >= 2 and len(set(times)) >= 3 else None
    writes = tuple(Arrival(at - times[0], b"") for at in times)
    verdict = judge(Timeline(writes, max(body.timeline.total, span)), len(times))
    return None if verdict is Verdict.UNTOLD else verdict


def _buffer_bytes(body: _Body) -> int | None:
    """The apparent size of a buffer that each landing but the last has filled.

    Landings are as large as the buffer, and larger by less than a chunk. None where they differ by
    more: then it was not for a size that they waited.
    """
    count = body.chunks or len(body.timeline.arrivals)
    *full, last = bursts(body.timeline, count)
    if not full:
        return None
    ends = [record.end for record in body.records or ()]
    largest = max((b - a for a, b in zip([0, *ends], ends, strict=False)), default=0) + 4
    smallest, most = min(full), max(full)
    return smallest if most - smallest <= largest and last <= most + largest else None


def _chunk_times(body: _Body) -> tuple[tuple[float, float | None], ...]:
    """When each chunk was there, and when it was written, on the same clock."""
    if body.records is None:
        return tuple((arrival.at, None) for arrival in body.timeline.arrivals)
    arrived = _arrived(body.timeline, body.records)
    if body.stamps is None:
        return tuple((at, None) for at in arrived)
    pairs = list(zip(arrived, body.stamps.times, strict=True))
    shift = min(at - written for at, written in pairs if written is not None)
    return tuple((at, None if written is None else written + shift) for at, written in pairs)


def _arrived(timeline: Timeline, found: tuple[Chunk, ...]) -> list[float]:
    """When the last byte of each chunk was there."""
    arrivals, size, times = iter(timeline.arrivals), 0, []
    at = 0.0
    for record in found:
        while size < record.end:
            arrival = next(arrivals)
            size, at = size + len(arrival.data), arrival.at
        times.append(at)
    return times
