"""How a chunk is written: Server-Sent Events, JSON Lines, or plain text.

In each format a chunk ends with a line feed, carries the time it was made, and can be read on its
own as soon as it arrives.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum

from patterns import Chunk


class Format(str, Enum):
    """The formats there are, by the name a request gives."""

    SSE = "sse"
    JSONL = "jsonl"
    TEXT = "text"

    @property
    def headers(self) -> dict[str, str]:
        """The response headers that let this format through, chunk by chunk, uncompressed."""
        return {
            "Content-Type": CONTENT_TYPES[self],
            # `no-transform` keeps what lies between from compressing, which would hold chunks back.
            "Cache-Control": "no-cache, no-transform",
            # nginx, and what is built on it, buffers a response unless told not to.
            "X-Accel-Buffering": "no",
        }

    def write(self, chunk: Chunk) -> bytes:
        """Write one chunk."""
        return WRITERS[self](chunk).encode()


def sse(chunk: Chunk) -> str:
    """Write an event, its data as JSON on one line (https://html.spec.whatwg.org/#parsing-an-event-stream)."""
    data = json.dumps({"time": written(chunk.time), **chunk.data})
    return f"event: {chunk.event}\ndata: {data}\n\n"


def jsonl(chunk: Chunk) -> str:
    """Write a JSON object on a line of its own (https://jsonlines.org)."""
    return json.dumps({"time": written(chunk.time), "event": chunk.event, **chunk.data}) + "\n"


def text(chunk: Chunk) -> str:
    """Write a line for people."""
    return f"{written(chunk.time)}  {chunk.event}  {chunk.text}\n"


def written(time: datetime) -> str:
    """Write a time in UTC as JavaScript does: `2026-11-22T17:45:32.599Z`."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


CONTENT_TYPES: Mapping[Format, str] = {
    Format.SSE: "text/event-stream",
    Format.JSONL: "application/x-ndjson",
    Format.TEXT: "text/plain; charset=utf-8",
}
WRITERS: Mapping[Format, Callable[[Chunk], str]] = {
    Format.SSE: sse,
    Format.JSONL: jsonl,
    Format.TEXT: text,
}
