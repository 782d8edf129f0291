"""Lambda's logs: where they go, in which format, and of which request.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streaming_construct.runtime.errors import ErrorPayload

WARNING, ERROR = 30, 40


class CurrentInvocation:
    """The invocation under way, which every log entry names."""

    request_id = ""
    tenant_id: str | None = None


current = CurrentInvocation()
is_strict = False
"""Whether a text that cannot be encoded, or a closed output, raises, as with AWS's runtime."""
is_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
if is_json:
    from streaming_construct.runtime import json_encoder
# A descriptor that managed runtimes pass on for framed messages; it is not for child processes.
_descriptor = int(os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", "0"))
_TEXT_FRAME, _JSON_FRAME = 0xA55A0003, 0xA55A0002


def write(message: str, level: int | None = None) -> None:
    """Write one entry, which may have several lines and must end with a line end.

    Args:
        message: The entry. On standard output it gets a line end where it has none.
        level: The level of `logging` that the frame names. Default: a frame without a level.

    The frame is that of AWS's runtime client (FramedTelemetryLogSink in its bootstrap.py): type,
    length and time in microseconds, then the message.
    """
    if not _descriptor:
        _write_to_stdout(message if message.endswith("\n") else f"{message}\n")
        return
    if level is None:
        kind = _TEXT_FRAME
    else:
        base = _JSON_FRAME if is_json else _TEXT_FRAME
        bucket = max(0, min(50, level)) // 10
        kind = base + (bucket + 1 if bucket else 0) * 4
    data = message.encode("utf-8", "strict" if is_strict else "backslashreplace")
    numbers = (kind, 4), (len(data), 4), (time.time_ns() // 1000, 8)
    os.write(_descriptor, b"".join(n.to_bytes(size, "big") for n, size in numbers) + data)


def write_text(text: str) -> None:
    """Write the text that `context.log` passes, unchanged."""
    if _descriptor:
        write(text)
    else:
        _write_to_stdout(text)


def flush() -> None:
    """Flush standard output, which the function may have closed."""
    try:
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):
        return


def _write_to_stdout(text: str) -> None:
    if is_strict:
        sys.stdout.write(text)
        return
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        sys.stdout.write(text.encode("ascii", "backslashreplace").decode())
    except (AttributeError, OSError, ValueError):
        # The function has closed standard output, or the reader of the pipe is gone.
        return


def write_error(payload: ErrorPayload) -> None:
    """Write an error that the function did not catch."""
    if is_json:
        entry = {"timestamp": format_timestamp(), "level": "ERROR", **payload}
        write(json_encoder.encode(entry, ascii_only=json_encoder.is_ascii), ERROR)
        return
    heading = ": ".join(filter(None, (payload["errorType"], payload["errorMessage"])))
    lines = [f"[ERROR] {heading}", "Traceback (most recent call last):"]
    for entry in payload["stackTrace"]:
        lines += [_indent(line) for line in entry.splitlines()] or [""]
    # Carriage returns keep it one event in CloudWatch, and no-break spaces keep its indents.
    write(("\n" if _descriptor else "\r").join(lines), ERROR)


def write_warning(message: str) -> None:
    """Write a warning of the runtime itself."""
    if is_json:
        entry = {"timestamp": format_timestamp(), "level": "WARN", "message": message}
        entry["requestId"] = current.request_id
        write(json_encoder.encode(entry, ascii_only=False), WARNING)
    else:
        at = format_timestamp(milliseconds=True)
        write(f"[WARNING]\t{at}\t{current.request_id}\t{message}\n", WARNING)


def format_timestamp(seconds: float | None = None, *, milliseconds: bool = False) -> str:
    """Return a moment (default: now) as Lambda writes it, in UTC."""
    moment = time.time() if seconds is None else seconds
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    return f"{text}.{int(moment * 1000) % 1000:03d}Z" if milliseconds else f"{text}Z"


def _indent(line: str) -> str:
    text = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(text)) + text
