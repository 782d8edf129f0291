"""`Exchange`: one request and the response to it, as the client saw it on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from streaming_construct.probe.http.timeline import Timeline


class Framing(Enum):
    """How the head of a response states where its body ends."""

    CHUNKED = "chunked"
    LENGTH = "length"
    CLOSE = "close"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and the response to it.

    Args:
        path: The path of the request below the stage.
        head: The bytes of the response head. Empty if no complete head arrived.
        status: The status code. None without a head.
        reason: The reason phrase.
        headers: The headers in order, with repeated names.
        interim_statuses: The status codes of the 1xx responses before it.
        framing: How the head states where the body ends. NONE for a response without a body.
        timeline: The arrival times of the decoded body, in seconds after the request.
        is_complete: Whether the response reached the end that its framing states.
        error: Why the response is incomplete. Empty for a complete response.
    """

    path: str = "/"
    head: bytes = b""
    status: int | None = None
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    interim_statuses: tuple[int, ...] = ()
    framing: Framing = Framing.NONE
    timeline: Timeline
    is_complete: bool
    error: str = ""

    @property
    def body(self) -> bytes:
        """The decoded body."""
        return self.timeline.body

    def list_header_values(self, name: str) -> list[str]:
        """Return the values of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]
