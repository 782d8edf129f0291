"""Lines of an access log, read back by the format that they were written in.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from streaming_construct.model.subject import Subject
from streaming_construct.observability.access_log_format import EMPTY_VALUE

_VARIABLE: Final = re.compile(r"\$(context\.[A-Za-z0-9_.]+)")
TRANSFER_MODE: Final = "context.integration.responseTransferMode"


@dataclass(frozen=True, kw_only=True)
class AccessLogEntry:
    """One request to a route. A field that the format does not contain is None.

    `transfer_mode` is written `STREAMED` or `BUFFERED`. `error_type` is a gateway response type.
    """

    method: str | None = None
    path: str | None = None
    status: int | None = None
    transfer_mode: str | None = None
    error_type: str | None = None
    error: str | None = None

    @property
    def route(self) -> Subject:
        """The route of the request, or the API if the format has neither method nor path."""
        parts = [part for part in (self.method, self.path) if part]
        return Subject("route", " ".join(parts)) if parts else Subject("API")


class AccessLogFormat:
    """The template of a log line: text between variables."""

    def __init__(self, template: str) -> None:
        parts = _VARIABLE.split(template.strip())
        self._before, *self._after = parts[::2]
        self._names = parts[1::2]

    def parse_values(self, line: str) -> dict[str, str] | None:
        """Return the values of a line by variable; None if the line has another format.

        A value ends before the text that follows it in the format, even if the value contains that
        text.
        """
        line = line.strip()
        if not line.startswith(self._before):
            return None
        position = len(self._before)
        values: dict[str, str] = {}
        for number, (name, after) in enumerate(zip(self._names, self._after, strict=True), start=1):
            last = number == len(self._names)
            end = len(line) - len(after) if last else line.find(after, position)
            if end < position or not line.startswith(after, end):
                return None
            if (value := line[position:end]) != EMPTY_VALUE:
                values.setdefault(name, value)
            position = end + len(after)
        return values

    def parse_line(self, line: str) -> AccessLogEntry | None:
        """Return the entry of a line; None if the line has another format."""
        values = self.parse_values(line)
        if values is None:
            return None
        status = values.get("context.status", "")
        return AccessLogEntry(
            method=values.get("context.httpMethod"),
            path=values.get("context.resourcePath"),
            status=int(status) if status.isdecimal() else None,
            transfer_mode=values.get(TRANSFER_MODE),
            error_type=values.get("context.error.responseType"),
            error=values.get("context.integration.error")
            or values.get("context.integrationErrorMessage")
            or values.get("context.error.message"),
        )
