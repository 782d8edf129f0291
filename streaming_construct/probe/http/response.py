"""What came back for one request, whole or not, or why nothing did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from streaming_construct.probe.http.timeline import Timeline


class TransportErrorKind(Enum):
    """What went wrong on the way; the words that belong to it are the response's `error`."""

    UNKNOWN_HOST = "unknown host"
    CONNECTION_REFUSED = "connection refused"
    UNREACHABLE = "unreachable"
    TLS = "TLS"
    NOT_HTTP = "not HTTP"
    CLOSED = "closed without an answer"
    SILENT = "no byte in time"
    BROKE_OFF = "broke off"
    # These two are the wish of who is watching: what came until then is judged.
    STOPPED = "stopped after the time to watch"
    INTERRUPTED = "interrupted"

    @property
    def is_intentional(self) -> bool:
        """Whether the request was given up on purpose."""
        return self in (TransportErrorKind.STOPPED, TransportErrorKind.INTERRUPTED)


@dataclass(frozen=True)
class Response:
    """What came back: status (0 for none), content type, the body's arrivals, what went wrong.

    `error` says a fault in words, and is None for a whole answer. `connect` is the seconds that
    connecting took, TLS included, before the clock of the timeline started.
    """

    status: int
    content_type: str
    timeline: Timeline
    error: str | None = None
    fault: TransportErrorKind | None = None
    headers: tuple[tuple[str, str], ...] = ()
    connect: float = 0.0

    def header(self, name: str) -> str | None:
        """The values of a header, joined by commas; None where there is none."""
        values = [value for known, value in self.headers if known.lower() == name.lower()]
        return ", ".join(values) if values else None
