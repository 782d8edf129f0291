"""Server-Sent Events: https://html.spec.whatwg.org/multipage/server-sent-events.html.

`Event(...).encode()` encodes an event; `add_heartbeat` keeps a stream of events alive.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass

HEADERS: Mapping[str, str] = {
    "Content-Type": "text/event-stream",
    # `no-transform` keeps intermediaries from compressing, which would buffer events.
    "Cache-Control": "no-cache, no-transform",
    # nginx and its derivatives buffer a response without this header.
    "X-Accel-Buffering": "no",
}

# A comment. Clients ignore it, and intermediaries see that the connection is alive. No empty line
# follows: it would end an event, and some clients would dispatch one without data.
HEARTBEAT = b": heartbeat\n"

# The end marker of OpenAI's streams, which many clients expect. Without an end marker, a truncated
# stream looks like a complete one.
DONE = b"data: [DONE]\n\n"

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event.

    Attributes:
        data: The text, which may have several lines.
        event: The type. Default: `message`, which `EventSource.onmessage` handles.
        id: The id that a client sends as `Last-Event-ID` when it reconnects. Default: none.
        retry: Milliseconds that a client waits before it reconnects. Default: unchanged.

    Raises:
        ValueError: The type or the id contains a line end or NUL, which would change the meaning.
    """

    data: str
    event: str | None = None
    id: str | None = None
    retry: int | None = None

    def __post_init__(self) -> None:
        """Validate the type and the id."""
        for name, value in (("event", self.event), ("id", self.id)):
            if value is not None and re.search(r"[\r\n\0]", value):
                raise ValueError(f"{name} {value!r} contains a line end or NUL. Remove it.")

    def encode(self) -> bytes:
        """Encode the event, with the empty line that ends it."""
        fields = (("retry", self.retry), ("event", self.event), ("id", self.id))
        lines = [f"{name}: {value}\n" for name, value in fields if value is not None]
        lines += [f"data: {line}\n" for line in _LINE_END.split(self.data)]
        return ("".join(lines) + "\n").encode()


async def add_heartbeat(
    events: AsyncGenerator[bytes, None], seconds: float = 15
) -> AsyncGenerator[bytes, None]:
    """Forward `events`, and send a comment after each `seconds` without an event.

    API Gateway closes a stream after 5 minutes without data, an edge-optimized API after 30 seconds
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html).
    Other proxies have shorter limits, hence 15 seconds. A heartbeat does not cancel the pending
    event. If the client disconnects, `events` is closed.
    """
    pending: asyncio.Task[bytes | None] | None = None
    # `aclosing`, since a generator that is only dropped runs until the garbage collector finds it.
    async with aclosing(events):
        try:
            while True:
                pending = pending or asyncio.create_task(_receive_next(events))
                done, _ = await asyncio.wait({pending}, timeout=seconds)
                if not done:
                    yield HEARTBEAT
                    continue
                event, pending = pending.result(), None
                if event is None:
                    return
                yield event
        finally:
            if pending is not None:
                pending.cancel()
                with suppress(asyncio.CancelledError):
                    await pending


async def _receive_next(events: AsyncGenerator[bytes, None]) -> bytes | None:
    return await anext(events, None)
