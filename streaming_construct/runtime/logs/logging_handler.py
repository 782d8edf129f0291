"""The handler of the root logger, writing what Lambda's own Python runtime writes."""

from __future__ import annotations

import json
import logging

from streaming_construct.runtime.logs import log_sink

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "aws_request_id"}
_LEVELS = {"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}


class LambdaHandler(logging.Handler):
    """Writes each record with the id of the request it belongs to."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record; what cannot be formatted goes to `handleError`."""
        try:
            record.aws_request_id = log_sink.current.request_id
            log_sink.write(self.format(record), max(0, min(50, record.levelno)))
        except Exception:  # noqa: BLE001 - a log call must not break the function
            self.handleError(record)


class TextFormatter(logging.Formatter):
    """`[INFO] <time> <request id> <message>`, separated by tabs."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the record as one text, its traceback on lines of its own."""
        at = log_sink.timestamp(record.created, milliseconds=True)
        head = f"[{record.levelname}]\t{at}\t{log_sink.current.request_id}\t"
        return head + super().format(record)


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what a call gives as `extra` stands beside the usual keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the record as JSON, leaving out what has no value."""
        is_plain = isinstance(record.msg, dict) and not record.args
        entry: dict[str, object] = {
            "timestamp": log_sink.timestamp(record.created),
            "level": record.levelname,
            "message": record.msg if is_plain else record.getMessage(),
            "logger": record.name,
            "requestId": log_sink.current.request_id or None,
            "tenantId": log_sink.current.tenant_id,
        }
        if record.exc_info and record.exc_info[0]:
            from traceback import format_tb

            entry["stackTrace"] = format_tb(record.exc_info[2])
            entry["errorType"] = record.exc_info[0].__name__
            entry["errorMessage"] = str(record.exc_info[1])
            entry["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        extra = {k: v for k, v in record.__dict__.items() if k not in _STANDARD and k not in entry}
        shown = {key: value for key, value in {**entry, **extra}.items() if value is not None}
        return json.dumps(shown, ensure_ascii=False, default=str)


def set_up(level: str) -> None:
    """Hangs the handler on the root logger; `level` is Lambda's, such as `DEBUG` or `WARN`."""
    handler = LambdaHandler()
    handler.setFormatter(JsonFormatter() if log_sink.is_json else TextFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    name = _LEVELS.get(level.upper(), level.upper())
    if isinstance(logging.getLevelName(name), int):
        root.setLevel(name)
