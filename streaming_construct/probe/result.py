"""`probe()`: send one request, and report whether the response streamed and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from streaming_construct.probe.diagnosis.cause import Cause
from streaming_construct.probe.diagnosis.diagnose import Diagnosis, diagnose
from streaming_construct.probe.diagnosis.timeouts import ApiTimeouts
from streaming_construct.probe.diagnosis.verdict import Verdict, format_verdict_line
from streaming_construct.probe.http.fetch import ProgressListener, Timeouts, fetch
from streaming_construct.probe.http.request import Request
from streaming_construct.probe.http.response import Response
from streaming_construct.probe.http.timeline import Timeline


@dataclass(frozen=True, repr=False)
class ProbeResult:
    """A response with its diagnosis.

    Its text is one line, which a failed assertion shows.
    """

    url: str
    response: Response
    diagnosis: Diagnosis

    @property
    def is_streamed(self) -> bool:
        """Whether the response is complete, has status 2xx, and arrived chunk by chunk."""
        return self.verdict.is_streamed

    @property
    def verdict(self) -> Verdict:
        """The verdict."""
        return self.diagnosis.verdict

    @property
    def cause(self) -> Cause | None:
        """Why the response did not stream: `id`, `title`, `what`, `why` and `fix`."""
        return self.diagnosis.cause

    @property
    def timeline(self) -> Timeline:
        """Arrival times of the body."""
        return self.response.timeline

    @property
    def chunks(self) -> int | None:
        """Number of events or lines in the body, None if its type has no boundaries."""
        return self.diagnosis.chunks

    def __str__(self) -> str:
        line = format_verdict_line(self.verdict.value, self.timeline, self.chunks)
        parts = [f"{self.url}: {self.response.status or 'no status'}, {line}"]
        if self.cause:
            detail = f" ({self.diagnosis.detail})" if self.diagnosis.detail else ""
            parts.append(f"{self.cause.title}{detail} [{self.cause.id}]")
        parts += [f"{w.cause.title} ({w.detail}) [{w.cause.id}]" for w in self.diagnosis.warnings]
        if self.response.error and self.response.error not in self.diagnosis.detail:
            parts.append(self.response.error)
        return "; ".join(parts)

    __repr__ = __str__


def probe(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | str | None = None,
    timeout: float = 30,
    max_duration: float | None = None,
    expected_timeouts: ApiTimeouts | None = None,
) -> ProbeResult:
    """Send a request, and determine from the arrival times whether the response streamed.

    A missing or incomplete response counts as not streamed; it raises no exception. A response
    needs three chunks or more with measurable pauses, or the verdict is inconclusive.

    Args:
        url: The http or https URL.
        method: The HTTP method.
        headers: Headers of the request.
        body: Body of the request.
        timeout: Maximum seconds between two bytes.
        max_duration: Maximum seconds in all. The verdict is of the data received so far. Default:
            until the response ends.
        expected_timeouts: Timeouts of the API, and the time scale of the local gateway. Default:
            unknown.

    Raises:
        RequestError: The URL, method or a header is malformed.
    """
    data = body.encode() if isinstance(body, str) else body
    request = Request(url, method, dict(headers or {}), data)
    timeouts = Timeouts(timeout=timeout, max_duration=max_duration)
    return run_probe(request, timeouts, expected_timeouts=expected_timeouts)


def run_probe(
    request: Request,
    timeouts: Timeouts,
    *,
    expected_timeouts: ApiTimeouts | None = None,
    listener: ProgressListener | None = None,
) -> ProbeResult:
    """Send a request and diagnose its response."""
    response = fetch(request, timeouts, listener)
    diagnosis = diagnose(response, expected_timeouts, origin=request.get_header("origin"))
    return ProbeResult(request.shown_url, response, diagnosis)
