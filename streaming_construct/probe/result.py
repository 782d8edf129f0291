"""`probe`: request a URL once, and say whether its answer streamed, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streaming_construct.probe.diagnosis.diagnose import Diagnosis, diagnose
from streaming_construct.probe.diagnosis.timeouts import ApiTimeouts
from streaming_construct.probe.diagnosis.verdict import verdict_line
from streaming_construct.probe.http.fetch import ProgressListener, Timeouts, fetch
from streaming_construct.probe.http.request import Request
from streaming_construct.probe.http.response import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streaming_construct.probe.diagnosis.causes import Cause
    from streaming_construct.probe.diagnosis.verdict import Verdict
    from streaming_construct.probe.http.timeline import Timeline


@dataclass(frozen=True, repr=False)
class ProbeResult:
    """An answer as it arrived, and what to think of it.

    Its text is one line, to be read in a failed assertion.
    """

    url: str
    response: Response
    diagnosis: Diagnosis

    @property
    def streamed(self) -> bool:
        """Whether a whole answer without an error status arrived piece by piece."""
        return self.verdict.streamed

    @property
    def verdict(self) -> Verdict:
        """The judgement."""
        return self.diagnosis.verdict

    @property
    def cause(self) -> Cause | None:
        """Why it did not stream: `id`, `meaning` and `fix`; None where all is well."""
        return self.diagnosis.cause

    @property
    def timeline(self) -> Timeline:
        """When the body arrived."""
        return self.response.timeline

    @property
    def chunks(self) -> int | None:
        """How many events or lines the body holds, None where they cannot be told apart."""
        return self.diagnosis.chunks

    def __str__(self) -> str:
        line = verdict_line(self.verdict.value, self.timeline, self.chunks)
        parts = [f"{self.url}: {self.response.status or 'no answer'}, {line}"]
        if self.cause:
            detail = f" ({self.diagnosis.detail})" if self.diagnosis.detail else ""
            parts.append(f"{self.cause.meaning}{detail} [{self.cause.id}]")
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
    duration: float | None = None,
    known: ApiTimeouts | None = None,
) -> ProbeResult:
    """Request a URL and judge by the times at which its answer arrived.

    What does not answer, or breaks off, is an answer that did not stream: nothing is raised. An
    answer wants three chunks or more, with pauses that can be told from none, or it is "too little
    to tell".

    Args:
        url: What to request.
        method: The HTTP method.
        headers: Headers of the request.
        body: The body of the request.
        timeout: Seconds at most between two reads.
        duration: Seconds to watch at most in all; a stream that goes on is judged by what came.
            Default: to its end.
        known: The API's timeouts, and how the local gateway scales time. Default: not known.

    Raises:
        RequestError: The request cannot be made: no URL, a malformed method or header.
    """
    data = body.encode() if isinstance(body, str) else body
    request = Request(url, method, dict(headers or {}), data)
    return run_probe(request, Timeouts(timeout=timeout, max_duration=duration), known=known)


def run_probe(
    request: Request,
    patience: Timeouts,
    *,
    known: ApiTimeouts | None = None,
    watcher: ProgressListener | None = None,
) -> ProbeResult:
    """Make a request and judge its answer."""
    response = fetch(request, patience, watcher)
    return ProbeResult(request.shown_url, response, diagnose(response, known))
