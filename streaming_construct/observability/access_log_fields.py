"""The fields of an access log line in JSON, by `$context` variable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from streaming_construct.documents.bounds import parse_bounded_json

# Two names of the same, as the reference of variables has them.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
_SAME: Final = {
    "$context.integrationLatency": "$context.integration.latency",
    "$context.integrationErrorMessage": "$context.integration.error",
}
_VARIABLE: Final = re.compile(r"\$context(\.\w+)+")
# Property selectors take no other characters without brackets, and Logs Insights none without
# backquotes.
_PLAIN: Final = re.compile(r"\w+")


class AccessLogFormatError(ValueError):
    """A format that does not give a JSON object a line."""


def read_json_field_paths(log_format: str) -> dict[str, str]:
    """Return the field of each `$context` variable that is a value by itself: `a`, or `a.b`.

    Raises:
        AccessLogFormatError: No value of the variables makes a line of the format a JSON object.
    """
    try:
        line = parse_bounded_json(log_format)
    except ValueError as error:
        raise AccessLogFormatError(f"the format is not JSON ({error})") from error
    if not isinstance(line, Mapping):
        raise AccessLogFormatError("the format is not a JSON object")
    return {_SAME.get(variable, variable): field for variable, field in _parse_fields(line, "")}


def _parse_fields(line: Mapping[str, object], above: str) -> Iterator[tuple[str, str]]:
    for name, value in line.items():
        if not _PLAIN.fullmatch(name):
            continue
        if isinstance(value, Mapping):
            yield from _parse_fields(value, f"{above}{name}.")
        elif isinstance(value, str) and _VARIABLE.fullmatch(value):
            yield value, above + name
