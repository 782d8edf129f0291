"""The chunks that a streamed body consists of, by its own account.

One write of a server need not be one read of a client: TCP may join two small ones or split a large
one. What the body itself marks as a chunk (an event, a line) is what was meant to arrive by itself.
"""

from __future__ import annotations

import re

_BLANK_LINE = re.compile(r"(?:\r\n|\r(?!\n)|\n){2,}")
_LINES = frozenset({"application/x-ndjson", "application/jsonl", "application/json-seq"})


def records(content_type: str, body: bytes) -> tuple[str, ...] | None:
    """Split a body into its events (`text/event-stream`) or its lines (JSON Lines, plain text).

    Comments and empty lines do not count. Returns None for a content type whose chunks cannot be
    told apart.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    text = body.decode(errors="replace")
    if media_type == "text/event-stream":
        return tuple(block for block in _BLANK_LINE.split(text) if _has_field(block))
    if media_type in _LINES or media_type == "text/plain":
        return tuple(line for line in text.splitlines() if line.strip())
    return None


def _has_field(block: str) -> bool:
    return any(line and not line.startswith(":") for line in block.splitlines())
