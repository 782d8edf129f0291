"""A function's log: which of its lines name the cause of a failed request.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final


class FailureKind(str, Enum):
    """Why an invocation failed."""

    NOT_STARTED = "not started"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    NOT_READY = "not ready"
    DENIED = "denied"
    EXITED = "exited"
    RAISED = "raised"


@dataclass(frozen=True, kw_only=True)
class FunctionFailure:
    """One cause with the line that names it, shortened."""

    cause: FailureKind
    line: str


# The first match is the cause: specific patterns come before general ones.
_CAUSES: Final = {
    FailureKind.OUT_OF_MEMORY: re.compile(r"Runtime\.OutOfMemory|signal: killed"),
    FailureKind.NOT_STARTED: re.compile(
        r"Runtime\.(?:InvalidEntrypoint|ImportModuleError|HandlerNotFound|MalformedHandlerName"
        r"|UserCodeSyntaxError|InvalidWorkingDir|InvalidTaskConfig)|Extension\.\w+"
        r"|fork/exec [^ ]+:|cannot execute: required file not found"
    ),
    FailureKind.NOT_READY: re.compile(r"app is not ready after \d+ ?ms"),
    FailureKind.TIMED_OUT: re.compile(
        r'Task timed out after|Sandbox\.Timedout|\bStatus: timeout|"status" ?: ?"timeout"'
    ),
    FailureKind.DENIED: re.compile(r"AccessDenied(?:Exception)?\b|is not authorized to perform"),
    FailureKind.EXITED: re.compile(r"Runtime\.ExitError|Runtime exited|Runtime\.Unknown"),
    FailureKind.RAISED: re.compile(
        r'^\[ERROR\]|\tERROR\t|"errorType" ?:|Error Type: \w|Runtime\.(?:\w+Error|Unhandled\w+)'
    ),
}
# Texts, one of which is in every line that names a cause.
WORDS: Final = (
    "[ERROR]",
    "ERROR",
    "Error Type",
    "Runtime.",
    "Runtime exited",
    "Extension.",
    "errorType",
    "Task timed out",
    "Sandbox.Timedout",
    "Status: timeout",
    "timeout",
    "app is not ready",
    "AccessDenied",
    "is not authorized to perform",
    "fork/exec",
    "cannot execute",
    "signal: killed",
)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
FILTER_PATTERN: Final = " ".join(f'?"{word}"' for word in WORDS)
_LINE_MAX: Final = 160


def parse_failure(message: str) -> FunctionFailure | None:
    """Return the failure in a log event; None without one."""
    for cause, pattern in _CAUSES.items():
        if match := pattern.search(message):
            return FunctionFailure(cause=cause, line=_extract_line(message, match.start()))
    return None


def _extract_line(message: str, position: int) -> str:
    """Return the whole line around a position, shortened if it is too long."""
    start = message.rfind("\n", 0, position) + 1
    line = " ".join(message[start:].split("\n", 1)[0].split())
    return line if len(line) <= _LINE_MAX else f"{line[: _LINE_MAX - 1]}…"
