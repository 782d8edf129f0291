"""The lines that Lambda itself writes into a function's log, as CloudWatch shows them.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

# How the Node.js runtimes write an error with the text format.
_NODE_ERROR: Final = re.compile(
    r"(?P<head>[^\t]*\t[^\t]*\tERROR\t(?:Init Error|Invoke Error|Uncaught Exception"
    r"|Unhandled Promise Rejection) ?)\t(?P<error>\{.*\})"
)
# Frames of the runtime: that of the gateway, and that of AWS.
_RUNTIME_FRAME: Final = re.compile(r"\bnodejs_runtime\.mjs:|/var/runtime/|\bnode:internal/")
_SHOWN_BY_STACK: Final = frozenset({"errorType", "errorMessage", "name", "stack"})


@dataclass(frozen=True, kw_only=True)
class Report:
    """The figures of an invocation that has ended; times in seconds, memory in MB.

    `init_seconds` is None unless this was the environment's first; `peak_mb` where it is unknown.
    `status` is `timeout`, `error`, or None for success.
    """

    request_id: str
    duration_seconds: float
    memory_mb: int
    peak_mb: int | None
    init_seconds: float | None = None
    status: str | None = None
    error_type: str | None = None


def format_start_line(request_id: str, version: str) -> str:
    """Return the START line, which precedes the output of the function."""
    return f"START RequestId: {request_id} Version: {version}"


def format_end_line(request_id: str) -> str:
    """Return the END line, which follows the output of the function."""
    return f"END RequestId: {request_id}"


def format_report_line(report: Report) -> str:
    """Return the REPORT line; Lambda bills initialization since August 2025.

    https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
    """
    billed_ms = math.ceil((report.duration_seconds + (report.init_seconds or 0)) * 1000)
    parts = [
        f"REPORT RequestId: {report.request_id}",
        f"Duration: {report.duration_seconds * 1000:.2f} ms",
        f"Billed Duration: {billed_ms} ms",
        f"Memory Size: {report.memory_mb} MB",
    ]
    if report.peak_mb is not None:
        parts.append(f"Max Memory Used: {report.peak_mb} MB")
    if report.init_seconds is not None:
        parts.append(f"Init Duration: {report.init_seconds * 1000:.2f} ms")
    if report.status:
        parts.append(f"Status: {report.status}")
    if report.error_type:
        parts.append(f"Error Type: {report.error_type}")
    return "\t".join(parts)


def format_init_timeout_line(seconds: float) -> str:
    """Return the line for an initialization that timed out and starts again."""
    return f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms\tPhase: init\tStatus: timeout"


def hide_local_url(line: str, port: str) -> str:
    """Replace the URL of a function's own web server by its port.

    Web servers print it at start. Clients must use the URL of the gateway instead.
    """
    hosts = r"(?:127\.0\.0\.1|0\.0\.0\.0|localhost|\[::1?\])"
    return re.sub(rf"https?://{hosts}:{port}\b/?", f"port {port}", line)


def split_node_error(line: str) -> Iterator[str]:
    """Yield an error that a Node.js runtime wrote as one line of JSON as a stack of lines.

    The frames of the runtime itself are left out. Any other line stays as it is.
    """
    match = _NODE_ERROR.fullmatch(line)
    error = _parse_object(match["error"]) if match else {}
    stack = error.get("stack")
    if match is None or not isinstance(stack, list) or not stack:
        yield line
        return
    first, *frames = (str(frame) for frame in stack)
    yield f"{match['head'].rstrip()}\t{first}"
    yield from (frame for frame in frames if not _RUNTIME_FRAME.search(frame))
    for name, value in error.items():
        if name not in _SHOWN_BY_STACK:
            yield f"    {name}: {json.dumps(value, ensure_ascii=False)}"


def _parse_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
