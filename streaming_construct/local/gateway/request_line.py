"""The short line that the console shows for each request."""

from __future__ import annotations

from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.access_log import AccessLogRecord

_UNITS: Final = ((1_000_000, "MB"), (1_000, "kB"))


def format_request_line(method: str, path: str, record: AccessLogRecord, *, ended_at: float) -> str:
    """Return `GET /prod/chat 200 8 chunks 1.2 kB first 84 ms total 4.1 s`.

    The number of chunks and the time to the first one are those of a streamed response. A response
    that did not reach its end has `truncated` at the end of the line, or no status if it has none.
    """
    parts = [method, path, str(record.status or "no response")]
    if record.status is not None:
        is_streamed = (
            record.integration is not None
            and record.integration.integration.transfer_mode is TransferMode.STREAM
            and record.first_byte_at is not None
        )
        if is_streamed:
            parts.append(f"{record.chunks} {'chunk' if record.chunks == 1 else 'chunks'}")
        parts.append(format_bytes(record.sent_bytes))
        if is_streamed and record.first_byte_at is not None:
            parts.append(f"first {format_seconds(record.first_byte_at - record.received_at)}")
    parts.append(f"total {format_seconds(ended_at - record.received_at)}")
    if record.status is not None and record.error and record.error.response_type is None:
        parts.append("truncated")
    return " ".join(parts)


def format_bytes(count: int) -> str:
    """Return a number of bytes in B, kB or MB, such as `1.2 kB`."""
    for size, unit in _UNITS:
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"


def format_seconds(seconds: float) -> str:
    """Return a duration in ms below one second, else in s, such as `84 ms` or `4.1 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"
