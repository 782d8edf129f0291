"""`probe`: request a URL once, and say whether its answer streamed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streaming_construct.probe.draw import verdict_line
from streaming_construct.probe.fetch import Response, fetch_with_python
from streaming_construct.probe.records import records
from streaming_construct.probe.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, repr=False)
class Probed:
    """An answer as it arrived; its text is one line to be read in a failed assertion.

    `chunks` is how many events or lines the body holds by its own account, None for a content type
    whose chunks cannot be told apart.
    """

    url: str
    response: Response
    verdict: Verdict
    chunks: int | None

    @property
    def streamed(self) -> bool:
        """Whether a whole answer without an error status arrived piece by piece."""
        whole = self.response.error is None and 200 <= self.response.status < 400
        return whole and self.verdict is Verdict.STREAMED

    def __str__(self) -> str:
        response = self.response
        line = verdict_line(self.verdict.value, response.timeline, self.chunks)
        parts = [f"{self.url}: {response.status or 'no answer'}, {line}"]
        if response.error:
            parts.append(response.error)
        elif not 200 <= response.status < 400:
            parts.append(response.timeline.body[:200].decode(errors="replace"))
        return "; ".join(parts)

    __repr__ = __str__


def probe(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | str | None = None,
    timeout: float = 30,
) -> Probed:
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
    """
    data = body.encode() if isinstance(body, str) else body
    response = fetch_with_python(
        url, timeout, lambda _: None, method=method, headers=headers, body=data
    )
    found = records(response.content_type, response.timeline.body)
    chunks = None if found is None else len(found)
    return Probed(url, response, judge(response.timeline, chunks), chunks)
