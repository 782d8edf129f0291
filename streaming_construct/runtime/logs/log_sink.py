"""Lambda's logs: where they go, in which format, and of which request.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
"""

from __future__ import annotations

import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streaming_construct.runtime.errors import ErrorPayload

WARNING, ERROR = 30, 40


class CurrentInvocation:
    """The invocation under way, which every line of the log names."""

    request_id = ""
    tenant_id: str | None = None


current = CurrentInvocation()
is_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
# A descriptor that managed runtimes hand down for framed messages; it is not for child processes.
_descriptor = int(os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", "0"))


def write(message: str, level: int = 0) -> None:
    """Writes one message, which may have several lines.

    The frame is that of AWS's runtime client (FramedTelemetryLogSink in its bootstrap.py): type,
    length and time in microseconds, then the message.
    """
    if not _descriptor:
        sys.stdout.write(message + "\n")
        return
    data = message.encode()
    kind = (0xA55A0002 if is_json else 0xA55A0003) + (level // 10 + 1 if level else 0) * 4
    numbers = (kind, 4), (len(data), 4), (time.time_ns() // 1000, 8)
    os.write(_descriptor, b"".join(n.to_bytes(size, "big") for n, size in numbers) + data)


def error(payload: ErrorPayload) -> None:
    """Writes an error that the function did not catch."""
    if is_json:
        write(json.dumps({"timestamp": timestamp(), "level": "ERROR", **payload}), ERROR)
        return
    lines = [f"[ERROR] {payload['errorType']}: {payload['errorMessage']}"]
    if payload["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines += "".join(f"{entry.rstrip()}\n" for entry in payload["stackTrace"]).splitlines()
    # Carriage returns keep it one event in CloudWatch, and no-break spaces keep its indents.
    text = "\r".join(_indent(line) for line in lines) if not _descriptor else "\n".join(lines)
    write(text, ERROR)


def warning(message: str) -> None:
    """Writes a warning of the runtime itself."""
    if is_json:
        entry = {"timestamp": timestamp(), "level": "WARN", "message": message}
        write(json.dumps({**entry, "requestId": current.request_id}), WARNING)
    else:
        write(
            f"[WARNING]\t{timestamp(milliseconds=True)}\t{current.request_id}\t{message}", WARNING
        )


def timestamp(seconds: float | None = None, *, milliseconds: bool = False) -> str:
    """Returns a moment (default: now) as Lambda writes it, in UTC."""
    moment = time.time() if seconds is None else seconds
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    return f"{text}.{int(moment * 1000) % 1000:03d}Z" if milliseconds else f"{text}Z"


def _indent(line: str) -> str:
    text = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(text)) + text
