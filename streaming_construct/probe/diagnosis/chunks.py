"""Splitting a streamed body into the chunks that its media type marks.

One write of a server does not always arrive as one read: TCP may join small writes or split large
ones. The events or lines of the body show what the server wrote as one chunk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BLANK_LINE: Final = re.compile(rb"(?:\r\n|\r(?!\n)|\n){2,}")
_LINE_END: Final = re.compile(rb"[\r\n]+")
_RECORD_SEPARATOR: Final = re.compile(rb"\x1e")  # RFC 7464
_JSON_LINES: Final = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
_TEXT: Final = frozenset({"text/plain", "text/markdown", "text/csv"})
# With fewer lines, a text may be written in other units, such as tokens.
_MIN_TEXT_LINES: Final = 3


@dataclass(frozen=True)
class Chunk:
    """One event or line: its text, and the offset in the body of the byte after it."""

    text: str
    end: int


def split_chunks(content_type: str, body: bytes) -> tuple[Chunk, ...] | None:
    """Split a body into its events (`text/event-stream`), JSON texts (`json-seq`) or lines.

    Comments and empty lines do not count. Returns None for a media type without chunk boundaries,
    and for a text of one or two lines.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "text/event-stream":
        return tuple(block for block in _split(body, _BLANK_LINE) if _has_field(block.text))
    if media_type.endswith("json-seq"):
        return _split(body, _RECORD_SEPARATOR)
    if media_type in _JSON_LINES:
        return _split(body, _LINE_END)
    if media_type in _TEXT:
        lines = _split(body, _LINE_END)
        return lines if len(lines) >= _MIN_TEXT_LINES else None
    return None


def _split(body: bytes, separator: re.Pattern[bytes]) -> tuple[Chunk, ...]:
    chunks, start = [], 0
    for end, after in [*(match.span() for match in separator.finditer(body)), (len(body),) * 2]:
        if body[start:end].strip():
            chunks.append(Chunk(body[start:end].decode(errors="replace"), end))
        start = after
    return tuple(chunks)


def _has_field(block: str) -> bool:
    return any(line and not line.startswith(":") for line in block.splitlines())
