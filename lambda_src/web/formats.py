"""Formats of a chunk: Server-Sent Events, JSON Lines, or plain text.

In each format, a chunk ends with a line feed and contains its creation time. A client can read
each chunk as soon as it arrives.
"""

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import datetime
from enum import Enum

from patterns import Chunk


class Format(str, Enum):
    """The formats, by their name in a request."""

    SSE = "sse"
    JSONL = "jsonl"
    TEXT = "text"

    @property
    def headers(self) -> dict[str, str]:
        """The response headers, which keep intermediaries from buffering the response."""
        return {
            "Content-Type": CONTENT_TYPES[self],
            # `no-transform` keeps intermediaries from compressing, which would buffer chunks.
            "Cache-Control": "no-cache, no-transform",
            # nginx and its derivatives buffer a response without this header.
            "X-Accel-Buffering": "no",
        }

    def write(self, chunk: Chunk) -> bytes:
        """Encode one chunk."""
        return WRITERS[self](chunk).encode()

    async def write_all(self, chunks: AsyncGenerator[Chunk, None]) -> AsyncGenerator[bytes, None]:
        """Encode each chunk of a stream. If the client disconnects, `chunks` is closed."""
        async with aclosing(chunks):
            async for chunk in chunks:
                yield self.write(chunk)


def write_sse(chunk: Chunk) -> str:
    """Write an event, its data as JSON on one line (https://html.spec.whatwg.org/#parsing-an-event-stream)."""
    data = json.dumps({"time": format_time(chunk.time), **chunk.data})
    return f"event: {chunk.event}\ndata: {data}\n\n"


def write_jsonl(chunk: Chunk) -> str:
    """Write a JSON object on one line (https://jsonlines.org)."""
    return json.dumps({"time": format_time(chunk.time), "event": chunk.event, **chunk.data}) + "\n"


def write_text(chunk: Chunk) -> str:
    """Write a line for people."""
    return f"{format_time(chunk.time)}  {chunk.event}  {chunk.text}\n"


def format_time(time: datetime) -> str:
    """Format a time in UTC as JavaScript does: `2026-11-22T17:45:32.599Z`."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


CONTENT_TYPES: Mapping[Format, str] = {
    Format.SSE: "text/event-stream",
    Format.JSONL: "application/x-ndjson",
    Format.TEXT: "text/plain; charset=utf-8",
}
WRITERS: Mapping[Format, Callable[[Chunk], str]] = {
    Format.SSE: write_sse,
    Format.JSONL: write_jsonl,
    Format.TEXT: write_text,
}
