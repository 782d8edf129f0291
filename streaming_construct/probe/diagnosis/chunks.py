"""The chunks that a streamed body consists of, by its own account.

One write of a server need not be one read of a client: TCP may join two small ones or split a large
one. What the body itself marks as a chunk (an event, a line) is what was meant to arrive by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLANK_LINE = re.compile(rb"(?:\r\n|\r(?!\n)|\n){2,}")
_LINE_END = re.compile(rb"[\r\n]+")
_RECORD_SEPARATOR = re.compile(rb"\x1e")  # RFC 7464
_LINES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
_TEXT = frozenset({"text/plain", "text/markdown", "text/csv"})
# Fewer lines than these are no sign that lines are what a text was written in: tokens are not.
_LINES_OF_A_TEXT = 3


@dataclass(frozen=True)
class Chunk:
    """One event or line: its text, and the offset in the body just behind it."""

    text: str
    end: int


def split_chunks(content_type: str, body: bytes) -> tuple[Chunk, ...] | None:
    """Split a body into its events (`text/event-stream`), JSON texts (`json-seq`) or lines.

    Comments and empty lines do not count. Returns None for a content type whose chunks cannot be
    told apart, and for a text of a line or two.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "text/event-stream":
        return tuple(block for block in _split(body, _BLANK_LINE) if _has_field(block.text))
    if media_type.endswith("json-seq"):
        return _split(body, _RECORD_SEPARATOR)
    if media_type in _LINES:
        return _split(body, _LINE_END)
    if media_type in _TEXT:
        lines = _split(body, _LINE_END)
        return lines if len(lines) >= _LINES_OF_A_TEXT else None
    return None


def _split(body: bytes, separator: re.Pattern[bytes]) -> tuple[Chunk, ...]:
    found, start = [], 0
    for end, behind in [*(match.span() for match in separator.finditer(body)), (len(body),) * 2]:
        if body[start:end].strip():
            found.append(Chunk(body[start:end].decode(errors="replace"), end))
        start = behind
    return tuple(found)


def _has_field(block: str) -> bool:
    return any(line and not line.startswith(":") for line in block.splitlines())
