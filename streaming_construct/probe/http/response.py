"""`Response`: the response to one request, and the transport error if it is incomplete."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from streaming_construct.probe.http.timeline import Timeline


class TransportErrorKind(Enum):
    """Why a response is missing or incomplete. `Response.error` has the message."""

    UNKNOWN_HOST = "unknown host"
    CONNECTION_REFUSED = "connection refused"
    UNREACHABLE = "unreachable"
    TLS = "TLS"
    NOT_HTTP = "not HTTP"
    CLOSED = "closed before the response"
    READ_TIMEOUT = "read timeout"
    TRUNCATED = "truncated"
    # The caller ended these two. The verdict is of the data received so far.
    STOPPED = "stopped after the maximum duration"
    INTERRUPTED = "interrupted"

    @property
    def is_intentional(self) -> bool:
        """Whether the caller ended the request."""
        return self in (TransportErrorKind.STOPPED, TransportErrorKind.INTERRUPTED)


@dataclass(frozen=True)
class Response:
    """The response to one request, complete or not.

    Args:
        status: HTTP status, 0 without a response.
        content_type: Value of the Content-Type header, empty without one.
        timeline: Arrival times of the body.
        error: Message of the transport error. None for a complete response.
        error_kind: Kind of the transport error. None for a complete response.
        headers: Names and values of the headers.
        connect: Seconds to connect, TLS included. The clock of the timeline starts after it.
    """

    status: int
    content_type: str
    timeline: Timeline
    error: str | None = None
    error_kind: TransportErrorKind | None = None
    headers: tuple[tuple[str, str], ...] = ()
    connect: float = 0.0

    def get_header(self, name: str) -> str | None:
        """Return the values of a header, joined by commas; None without the header."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None
