"""Errors in the shapes that Lambda reads: `/init/error`, `/error` and error trailers of a stream.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from traceback import FrameSummary
    from typing import Any

    ErrorPayload = dict[str, Any]
    """errorMessage, errorType, requestId and stackTrace."""

TYPE_HEADER = "Lambda-Runtime-Function-Error-Type"
BODY_HEADER = "Lambda-Runtime-Function-Error-Body"
CAUSE_HEADER = "Lambda-Runtime-Function-XRay-Error-Cause"
# Past Go's 4 KB buffer the Runtime API resets the connection (seen on AWS's own emulator).
_TRAILERS_MAX_BYTES = 3500
_CAUSE_MAX_BYTES = 32 * 1024
_FOLDER = os.path.dirname(__file__)  # noqa: PTH120 - pathlib would add to every cold start


class LambdaError(Exception):
    """An error for which Lambda has an error type.

    Args:
        kind: The error type, such as `Runtime.ImportModuleError`.
        message: The problem and the fix.
        trace: Lines for the stack trace. Default: none.
    """

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace or []


def create_payload(error: BaseException, request_id: str = "") -> ErrorPayload:
    """Return the error as Lambda shows it; the trace has the function's own frames only."""
    if isinstance(error, LambdaError):
        kind, trace = error.kind, error.trace
    else:
        from traceback import format_list

        # As tuples, so that no line marks the columns: AWS's runtime has none.
        lines = [(f.filename, f.lineno or 0, f.name, f.line) for f in _list_frames(error)]
        kind, trace = type(error).__name__, format_list(lines)
    return {
        "errorMessage": read_message(error),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }


def read_message(error: BaseException) -> str:
    """Return the error's text; one whose `__str__` fails is described by its type."""
    try:
        return str(error)
    except Exception as failure:  # noqa: BLE001 - code of the function
        kind, raised = type(error).__name__, type(failure).__name__
        return f"{kind} has no message: its __str__ raised {raised}"


def _list_frames(error: BaseException) -> list[FrameSummary]:
    from traceback import extract_tb

    return [f for f in extract_tb(error.__traceback__) if not f.filename.startswith(_FOLDER)]


def format_xray_cause(error: BaseException) -> str:
    """Return the error as X-Ray displays it, JSON on one line; empty when it exceeds 32 KB."""
    frames = [] if isinstance(error, LambdaError) else _list_frames(error)
    cause = {
        "working_directory": _get_working_directory(),
        "exceptions": [
            {
                "type": create_payload(error)["errorType"],
                "message": read_message(error),
                "stack": [{"label": f.name, "path": f.filename, "line": f.lineno} for f in frames],
            }
        ],
        "paths": sorted({f.filename for f in frames}),
    }
    text = encode_json(cause)
    return text if len(text) <= _CAUSE_MAX_BYTES else ""


def _get_working_directory() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - pathlib would add to the cold start
    except OSError:  # the function has removed it
        return ""


def create_trailers(payload: ErrorPayload) -> bytes:
    """Return the two trailer lines that tell Lambda that a stream failed.

    The trace loses its oldest frames, then the message its end, until the lines fit a 4 KB buffer.
    """
    from binascii import b2a_base64

    trace, message = payload["stackTrace"], payload["errorMessage"]
    kind = format_header_value(payload["errorType"])[:256].encode()
    while True:
        shown = {**payload, "errorMessage": message, "stackTrace": trace}
        body = b2a_base64(encode_json(shown).encode(), newline=False)
        lines = b"%s: %s\r\n%s: %s\r\n" % (TYPE_HEADER.encode(), kind, BODY_HEADER.encode(), body)
        if len(lines) <= _TRAILERS_MAX_BYTES:
            return lines
        if trace:
            trace = trace[1:]
        else:
            message = message[: len(message) // 2]


def encode_json(value: object) -> str:
    """Return an error as JSON."""
    import json  # not at the top: it imports `re` and `enum`, and most functions have no error

    return json.dumps(value)


def format_header_value(text: str) -> str:
    """Return a text as the value of a header: ASCII, without control characters."""
    ascii_text = text.encode("ascii", "replace").decode()
    return "".join(char if " " <= char <= "~" else "?" for char in ascii_text)
