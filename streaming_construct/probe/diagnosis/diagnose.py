"""`diagnose`: from a response to a verdict with its cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from streaming_construct.aws.limits import FUNCTION_PAYLOAD_MAX_BYTES
from streaming_construct.probe.diagnosis import causes
from streaming_construct.probe.diagnosis.bandwidth import detect_bandwidth_limit
from streaming_construct.probe.diagnosis.cause import Cause
from streaming_construct.probe.diagnosis.chunks import Chunk, split_chunks
from streaming_construct.probe.diagnosis.error_responses import diagnose_error_response
from streaming_construct.probe.diagnosis.header_warnings import (
    HeaderWarning,
    find_header_warnings,
)
from streaming_construct.probe.diagnosis.intermediaries import (
    Intermediary,
    detect_intermediaries,
    find_compression,
    is_http_api,
)
from streaming_construct.probe.diagnosis.timeouts import (
    ApiTimeouts,
    match_size_limit,
    match_timeout,
)
from streaming_construct.probe.diagnosis.timestamps import ChunkTimestamps, find_timestamps
from streaming_construct.probe.diagnosis.verdict import Verdict, judge, measure_bursts
from streaming_construct.probe.http.decoding import decode
from streaming_construct.probe.http.request import redact_url
from streaming_construct.probe.http.response import Response, TransportErrorKind
from streaming_construct.probe.http.timeline import Arrival, Timeline

# Written by the Web Adapter into a body whose app failed (aws/aws-lambda-web-adapter 1.1).
_FUNCTION_ERROR_IN_BODY: Final = b"Lambda-Runtime-Function-Error-Type:"
_BY_TRANSPORT_ERROR: Final = {
    TransportErrorKind.UNKNOWN_HOST: causes.UNKNOWN_HOST,
    TransportErrorKind.CONNECTION_REFUSED: causes.CONNECTION_REFUSED,
    TransportErrorKind.UNREACHABLE: causes.HOST_UNREACHABLE,
    TransportErrorKind.TLS: causes.TLS_ERROR,
    TransportErrorKind.NOT_HTTP: causes.NOT_HTTP,
    TransportErrorKind.CLOSED: causes.CONNECTION_CLOSED,
    TransportErrorKind.TRUNCATED: causes.CONNECTION_CLOSED,
    TransportErrorKind.READ_TIMEOUT: causes.RESPONSE_TIMEOUT,
}
# When one large body fills the network, half of the reads have this size or more.
_LARGE_READ_BYTES: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """The verdict on a response, and the facts that it is based on.

    Args:
        verdict: Whether the response streamed.
        cause: Why it did not. None for a streamed response, and if the verdict needs no
            explanation.
        detail: The measured values behind the cause. Never the body of the response.
        chunks: Number of events or lines in the body, None if its type has no boundaries.
        buffer_bytes: Apparent size of a buffer on the path, in bytes.
        intermediaries: Proxies and CDNs on the path.
        compression: Content-Encoding, None if the body is not compressed.
        content_length: Value of the Content-Length header, None without one.
        chunk_times: Arrival time of each chunk and, if it has a timestamp, when it was written.
            Both in seconds of the timeline; the fastest chunk counts as having no delay.
        warnings: Problems that do not change the verdict.
    """

    verdict: Verdict
    cause: Cause | None = None
    detail: str = ""
    chunks: int | None = None
    buffer_bytes: int | None = None
    intermediaries: tuple[Intermediary, ...] = ()
    compression: str | None = None
    content_length: int | None = None
    chunk_times: tuple[tuple[float, float | None], ...] = ()
    warnings: tuple[HeaderWarning, ...] = ()

    @property
    def path_delay(self) -> float | None:
        """Seconds between the delays of the slowest and the fastest chunk, None without times."""
        delays = [at - written for at, written in self.chunk_times if written is not None]
        return max(delays) if delays else None


@dataclass(frozen=True)
class _Body:
    """A decompressed body with its chunks and their timestamps."""

    timeline: Timeline
    chunks: tuple[Chunk, ...] | None = None
    timestamps: ChunkTimestamps | None = None

    @property
    def chunk_count(self) -> int | None:
        return None if self.chunks is None else len(self.chunks)


def diagnose(
    response: Response, timeouts: ApiTimeouts | None = None, *, origin: str | None = None
) -> Diagnosis:
    """Diagnose a response. For a stopped request, the diagnosis is of the data received so far.

    Args:
        response: The response.
        timeouts: Timeouts of the API. Default: unknown.
        origin: The Origin header of the request. Default: none.
    """
    timeouts = timeouts or ApiTimeouts()
    body = _describe_body(response)
    length = response.get_header("content-length") or ""
    diagnosis = _diagnose(response, body, timeouts)
    return replace(
        diagnosis,
        chunks=body.chunk_count,
        intermediaries=detect_intermediaries(response),
        compression=find_compression(response),
        content_length=int(length) if length.isascii() and length.isdigit() else None,
        chunk_times=_compute_chunk_times(body),
        warnings=tuple(find_header_warnings(response, origin)),
    )


def _diagnose(response: Response, body: _Body, timeouts: ApiTimeouts) -> Diagnosis:
    kind = response.error_kind
    if not response.status:
        cause = _BY_TRANSPORT_ERROR.get(kind) if kind else None
        return Diagnosis(verdict=Verdict.NO_RESPONSE, cause=cause, detail=response.error or "")
    if not 200 <= response.status < 300:
        verdict, cause = diagnose_error_response(response, timeouts)
        return Diagnosis(verdict=verdict, cause=cause, detail=_summarize_error(response))
    if _FUNCTION_ERROR_IN_BODY in body.timeline.body:
        return Diagnosis(verdict=Verdict.TRUNCATED, cause=causes.FUNCTION_ERROR_IN_BODY)
    if kind and not kind.is_intentional:
        return _diagnose_truncation(response, timeouts)
    return _diagnose_pacing(response, body, timeouts)


def _describe_body(response: Response) -> _Body:
    encoding = find_compression(response)
    timeline = response.timeline if encoding is None else decode(response.timeline, encoding)
    if timeline is None:
        return _Body(response.timeline)
    chunks = split_chunks(response.content_type, timeline.body)
    return _Body(timeline, chunks, find_timestamps([chunk.text for chunk in chunks or ()]))


def _summarize_error(response: Response) -> str:
    """Return status, error type and redirect target. The body may contain personal data."""
    parts = [f"status {response.status}"]
    if error_type := response.get_header("x-amzn-errortype"):
        parts.append(error_type)
    if response.status == HTTPStatus.METHOD_NOT_ALLOWED and (allow := response.get_header("allow")):
        parts.append(f"Allow: {allow}")
    if location := response.get_header("location"):
        parts.append(f"Location: {redact_url(location)}")
    return ", ".join(parts)


def _diagnose_truncation(response: Response, timeouts: ApiTimeouts) -> Diagnosis:
    timeline = response.timeline
    end = f"ended after {timeline.total:.3f} s, {timeline.silence:.3f} s after the last byte"

    def report_truncation(cause: Cause, *details: str) -> Diagnosis:
        detail = ", ".join([end, *details])
        return Diagnosis(verdict=Verdict.TRUNCATED, cause=cause, detail=detail)

    if response.error_kind is TransportErrorKind.READ_TIMEOUT:
        return report_truncation(causes.READ_TIMEOUT)
    if (limit := match_size_limit(timeline.size)) is not None:
        return report_truncation(causes.RESPONSE_SIZE_LIMIT, f"{timeline.size} of {limit} bytes")
    if match := match_timeout(timeline, timeouts):
        limit_note = f"the limit is {match.limit:g} s{_format_time_scale_note(timeouts)}"
        return report_truncation(match.cause, limit_note)
    if (length := response.get_header("content-length")) is not None:
        return report_truncation(
            causes.CONTENT_LENGTH_MISMATCH, f"{timeline.size} of {length} bytes"
        )
    seconds = timeline.total * timeouts.time_scale
    return report_truncation(causes.RESPONSE_TRUNCATED, *_round_number(seconds))


def _format_time_scale_note(timeouts: ApiTimeouts) -> str:
    return "" if timeouts.time_scale == 1 else f" divided by {timeouts.time_scale:g}"


def _round_number(seconds: float) -> tuple[str, ...]:
    """Point out a multiple of five seconds, which a configured timeout often is."""
    nearest = round(seconds / 5) * 5
    if nearest and abs(seconds - nearest) < 0.3:
        return (f"about {nearest} s: compare the timeouts of the function and the integration",)
    return ()


def _diagnose_pacing(response: Response, body: _Body, timeouts: ApiTimeouts) -> Diagnosis:
    """Diagnose a complete 2xx response by its arrival times."""
    verdict = judge(body.timeline, body.chunk_count)
    if verdict is Verdict.EMPTY:
        return Diagnosis(verdict=verdict, cause=causes.EMPTY_BODY)
    if verdict is Verdict.INCONCLUSIVE:
        has_few = (body.chunk_count or len(body.timeline.arrivals)) < 3
        cause = causes.TOO_FEW_CHUNKS if has_few else causes.TOO_FAST
        return Diagnosis(verdict=verdict, cause=cause)
    if verdict is Verdict.BUFFERED:
        return _diagnose_buffering(verdict, response, body)
    if limit := detect_bandwidth_limit(response.timeline, timeouts.time_scale):
        cause, rate = limit
        detail = f"{rate / 1e6:.2f} MB/s after the limit"
        return Diagnosis(verdict=Verdict.BANDWIDTH_LIMITED, cause=cause, detail=detail)
    if verdict is Verdict.BURSTY:
        return _diagnose_buffering(verdict, response, body)
    if _is_network_limited(response, body):
        return Diagnosis(verdict=Verdict.INCONCLUSIVE, cause=causes.NETWORK_LIMITED)
    return Diagnosis(verdict=verdict)


def _is_network_limited(response: Response, body: _Body) -> bool:
    """Return whether a body with a Content-Length and without chunks arrived in large reads.

    A body that is larger than the limit of buffered responses must have been streamed.
    """
    sizes = sorted(len(arrival.data) for arrival in body.timeline.arrivals)
    has_only_length = response.get_header("content-length") is not None and body.chunks is None
    has_large_reads = sizes[len(sizes) // 2] >= _LARGE_READ_BYTES
    is_bufferable = response.timeline.size <= FUNCTION_PAYLOAD_MAX_BYTES
    return has_only_length and has_large_reads and is_bufferable


def _diagnose_buffering(verdict: Verdict, response: Response, body: _Body) -> Diagnosis:
    written, buffer_bytes = _write_pattern(body), None
    if verdict is Verdict.BUFFERED:
        cause = _find_cause_of_buffering(response, written)
    else:
        buffer_bytes = _estimate_buffer_bytes(body)
        cause = _find_cause_of_bursts(response, written, buffer_bytes)
    details = []
    if cause is causes.COMPRESSION_BUFFERING:
        details.append(f"Content-Encoding: {find_compression(response)}")
    if cause is causes.BUFFERING_INTERMEDIARY:
        details += [
            f"{intermediary.name} ({intermediary.evidence})"
            for intermediary in _list_buffering_intermediaries(response)
        ]
    if cause is causes.FIXED_SIZE_BUFFER:
        details.append(f"a buffer of about {buffer_bytes} bytes")
    head, first = response.timeline.head, response.timeline.first_byte
    if verdict is Verdict.BUFFERED and head is not None and first and head < first / 2:
        details.append(f"headers arrived at {head:.3f} s, the body at {first:.3f} s")
    return Diagnosis(
        verdict=verdict, cause=cause, detail=", ".join(details), buffer_bytes=buffer_bytes
    )


def _find_cause_of_buffering(response: Response, written: Verdict | None) -> Cause:
    if written is Verdict.BUFFERED:
        return causes.FUNCTION_BUFFERS
    if response.get_header("content-length") is not None and not is_http_api(response):
        return causes.CONTENT_LENGTH_PRESENT
    if cause := _find_buffering_intermediary(response):
        return cause
    return causes.BUFFERING_SOURCE_UNKNOWN if written is None else causes.PATH_BUFFERS


def _find_cause_of_bursts(
    response: Response, written: Verdict | None, buffer_bytes: int | None
) -> Cause:
    if written in (Verdict.BURSTY, Verdict.BUFFERED):
        return causes.FUNCTION_WRITES_BURSTS
    if cause := _find_buffering_intermediary(response):
        return cause
    if buffer_bytes is not None:
        return causes.FIXED_SIZE_BUFFER
    return causes.BURSTS_SOURCE_UNKNOWN if written is None else causes.PATH_BUFFERS


def _find_buffering_intermediary(response: Response) -> Cause | None:
    """Return the cause if the response shows a component on the path that buffers."""
    if is_http_api(response):
        return causes.HTTP_API
    if find_compression(response):
        return causes.COMPRESSION_BUFFERING
    return causes.BUFFERING_INTERMEDIARY if _list_buffering_intermediaries(response) else None


def _list_buffering_intermediaries(response: Response) -> list[Intermediary]:
    return [
        intermediary for intermediary in detect_intermediaries(response) if intermediary.may_buffer
    ]


def _write_pattern(body: _Body) -> Verdict | None:
    """Judge the timestamps in the chunks; None if they are missing or too coarse."""
    if body.timestamps is None:
        return None
    times = body.timestamps.present
    span = times[-1] - times[0]
    if body.timestamps.resolution >= 1:
        # Whole seconds do not show what happens within one.
        return Verdict.STREAMED if span >= 2 and len(set(times)) >= 3 else None
    writes = tuple(Arrival(at - times[0], b"") for at in times)
    verdict = judge(Timeline(writes, max(body.timeline.total, span)), len(times))
    return None if verdict is Verdict.INCONCLUSIVE else verdict


def _estimate_buffer_bytes(body: _Body) -> int | None:
    """Return the apparent size of a buffer that each burst but the last one filled.

    Each burst is as large as the buffer, or larger by less than one chunk. Returns None if the
    bursts differ by more: then a time, and not a size, ended them.
    """
    count = body.chunk_count or len(body.timeline.arrivals)
    *full, last = measure_bursts(body.timeline, count)
    if not full:
        return None
    ends = [chunk.end for chunk in body.chunks or ()]
    tolerance = max((b - a for a, b in zip([0, *ends], ends, strict=False)), default=0) + 4
    smallest, largest = min(full), max(full)
    return smallest if largest - smallest <= tolerance and last <= largest + tolerance else None


def _compute_chunk_times(body: _Body) -> tuple[tuple[float, float | None], ...]:
    """Return when each chunk arrived and when it was written, on the same clock."""
    if body.chunks is None:
        return tuple((arrival.at, None) for arrival in body.timeline.arrivals)
    arrivals = _list_chunk_arrivals(body.timeline, body.chunks)
    if body.timestamps is None:
        return tuple((at, None) for at in arrivals)
    pairs = list(zip(arrivals, body.timestamps.times, strict=True))
    shift = min(at - written for at, written in pairs if written is not None)
    return tuple((at, None if written is None else written + shift) for at, written in pairs)


def _list_chunk_arrivals(timeline: Timeline, chunks: tuple[Chunk, ...]) -> list[float]:
    """Return when the last byte of each chunk arrived."""
    arrivals, size, times = iter(timeline.arrivals), 0, []
    at = 0.0
    for chunk in chunks:
        while size < chunk.end:
            arrival = next(arrivals)
            size, at = size + len(arrival.data), arrival.at
        times.append(at)
    return times
