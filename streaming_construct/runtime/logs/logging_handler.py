"""The handler of the root logger, writing what Lambda's own Python runtime writes."""

from __future__ import annotations

import json
import logging
import time

from streaming_construct.runtime.logs import log_sink

_TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
# `taskName`, which Python 3.12 added, is shown as any other attribute that has a value.
_RESERVED = (frozenset(logging.makeLogRecord({}).__dict__) - {"taskName"}) | {
    "aws_request_id",
    "tenant_id",
}


class LambdaHandler(logging.Handler):
    """Writes each record with the id of the request it belongs to.

    Args:
        has_levels: Whether the frame of an entry names the entry's level.
        raises_errors: Whether an entry that cannot be formatted raises into the log call, as with
            AWS's runtime. Otherwise `logging` reports it on standard error.
    """

    def __init__(self, *, has_levels: bool, raises_errors: bool) -> None:
        super().__init__()
        self._has_levels = has_levels
        self._raises_errors = raises_errors

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        record.aws_request_id = log_sink.current.request_id
        record.tenant_id = log_sink.current.tenant_id
        try:
            text = self.format(record)
            log_sink.write(text, record.levelno if self._has_levels else None)
        except Exception:
            if self._raises_errors:
                raise
            self.handleError(record)


class JsonFormatter(logging.Formatter):
    """One JSON object for each record, with the members of `extra` beside the usual keys."""

    def __init__(self) -> None:
        super().__init__(datefmt="%Y-%m-%dT%H:%M:%SZ")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON, without the keys that have no value."""
        record.levelno = max(0, min(50, record.levelno)) // 10 * 10
        record.levelname = logging.getLevelName(record.levelno)
        is_plain = isinstance(record.msg, dict) and not record.args
        entry: dict[str, object] = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.msg if is_plain else record.getMessage(),
            "logger": record.name,
            **_format_exception(record),
            "requestId": log_sink.current.request_id,
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}"
            if record.exc_info
            else None,
        }
        if log_sink.current.tenant_id is not None:
            entry["tenantId"] = log_sink.current.tenant_id
        extra = {k: v for k, v in record.__dict__.items() if k not in _RESERVED and k not in entry}
        members = {key: value for key, value in {**entry, **extra}.items() if value is not None}
        return json.dumps(members, ensure_ascii=False, default=str) + "\n"


def _format_exception(record: logging.LogRecord) -> dict[str, object]:
    if not record.exc_info or not (record.exc_info[0] or log_sink.is_strict):
        return dict.fromkeys(("stackTrace", "errorType", "errorMessage"))
    from traceback import format_tb

    kind, value, trace = record.exc_info
    return {
        "stackTrace": format_tb(trace),
        "errorType": kind.__name__,  # type: ignore[union-attr]  # None raises as in AWS's runtime
        "errorMessage": str(value),
    }


def set_up(level: str, *, raises_errors: bool = False) -> None:
    """Add the handler to the root logger, and set its level.

    Args:
        level: `AWS_LAMBDA_LOG_LEVEL`, such as `DEBUG` or `WARN`; empty for `logging`'s own default.
        raises_errors: See `LambdaHandler`.
    """
    # As AWS's runtime does, for every formatter of the process: times in UTC.
    logging.Formatter.converter = time.gmtime
    handler = LambdaHandler(has_levels=log_sink.is_json or bool(level), raises_errors=raises_errors)
    text = logging.Formatter(_TEXT_FORMAT, "%Y-%m-%dT%H:%M:%S")
    handler.setFormatter(JsonFormatter() if log_sink.is_json else text)
    root = logging.getLogger()
    root.addHandler(handler)
    name = "DEBUG" if level == "TRACE" else level.upper()
    if isinstance(logging.getLevelName(name), int):
        root.setLevel(name)
