"""Server-Sent Events: https://html.spec.whatwg.org/multipage/server-sent-events.html.

`Event(...).encode()` writes an event; `with_heartbeat` keeps a stream of them open.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

HEADERS: Mapping[str, str] = {
    "Content-Type": "text/event-stream",
    # `no-transform` keeps what lies between from compressing, which would hold events back.
    "Cache-Control": "no-cache, no-transform",
    # nginx, and what is built on it, buffers a response unless told not to.
    "X-Accel-Buffering": "no",
}

# Clients ignore a comment; what lies between sees that the connection is alive. There is no empty
# line after it: that would end an event, and some clients then dispatch one without data.
HEARTBEAT = b": still here\n"

# What OpenAI's streams end with, and clients of many others have come to expect. Without it, or an
# event that says as much, a stream that was cut looks like one that is done.
DONE = b"data: [DONE]\n\n"

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event.

    Attributes:
        data: The text; may have several lines.
        event: Its type. Default: `message`, which `EventSource.onmessage` gets.
        id: What a client that reconnects sends back as `Last-Event-ID`. Default: none of its own.
        retry: Milliseconds a client waits before it reconnects. Default: as before.

    Raises:
        ValueError: a line end in the type or the id, or a NUL in the id, would change the meaning.
    """

    data: str
    event: str | None = None
    id: str | None = None
    retry: int | None = None

    def __post_init__(self) -> None:
        """Refuse what would end a line where none should end."""
        for name, value in (("event", self.event), ("id", self.id)):
            if value is not None and re.search(r"[\r\n\0]", value):
                raise ValueError(f"{name} must have no line end and no NUL, got {value!r}")

    def encode(self) -> bytes:
        """Write the event as it goes over the wire, the empty line that ends it included."""
        fields = (("retry", self.retry), ("event", self.event), ("id", self.id))
        lines = [f"{name}: {value}\n" for name, value in fields if value is not None]
        lines += [f"data: {line}\n" for line in _LINE_END.split(self.data)]
        return ("".join(lines) + "\n").encode()


async def with_heartbeat(pieces: AsyncIterator[bytes], seconds: float = 15) -> AsyncIterator[bytes]:
    """Pass `pieces` on, and a comment whenever none came for `seconds`.

    API Gateway cuts a stream that is silent for 5 minutes, an edge-optimized one after 30 seconds
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html), and
    other proxies have limits of their own: hence 15 seconds. `pieces` is not hurried or cancelled
    by a heartbeat, and ends when its reader goes.
    """
    waiting: asyncio.Task[bytes | None] | None = None
    try:
        while True:
            waiting = waiting or asyncio.create_task(_next(pieces))
            done, _ = await asyncio.wait({waiting}, timeout=seconds)
            if not done:
                yield HEARTBEAT
                continue
            piece, waiting = waiting.result(), None
            if piece is None:
                return
            yield piece
    finally:
        if waiting is not None:
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)
