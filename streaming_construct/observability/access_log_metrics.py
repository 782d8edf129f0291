"""CloudWatch Logs metric filters on an access log, which measure an API's streams.

Every value in a line is quoted, and a variable without a value is a `-`. A filter therefore
compares text, and matches a line for its number only if the variable has a value.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from streaming_construct.observability import access_log_format

# A variable, `=` or `!=`, and a text, in which `*` at an end matches any text.
Condition = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class StreamMetric:
    """One metric of an access log.

    Attributes:
        name: The name of the metric.
        conditions: A line counts if it meets at least one condition of each group.
        unit: The unit in CloudWatch's words.
        statistic: The default statistic, as CloudWatch names it.
        value: The variable whose number is the metric's value. None counts lines.
    """

    name: str
    conditions: tuple[tuple[Condition, ...], ...]
    unit: str = "Count"
    statistic: str = "Sum"
    value: str | None = None

    def list_variables(self, *, by_route: bool) -> tuple[str, ...]:
        """Return the variables that a line must contain."""
        used = [
            variable
            for clause in self._list_clauses(by_route=by_route)
            for variable, _, _ in clause
        ]
        return tuple(dict.fromkeys(used))

    def build_filter_pattern(self, fields: Mapping[str, str], *, by_route: bool) -> str:
        """Return the filter pattern; `fields` are those of the log's format, by variable."""
        clauses = self._list_clauses(by_route=by_route)
        return f"{{ {' && '.join(_format_clause(clause, fields) for clause in clauses)} }}"

    def _list_clauses(self, *, by_route: bool) -> tuple[tuple[Condition, ...], ...]:
        return (*self.conditions, *_HAS_ROUTE) if by_route else self.conditions


def _format_clause(conditions: tuple[Condition, ...], fields: Mapping[str, str]) -> str:
    alternatives = [
        f'$.{fields[variable]} {operator} "{text}"' for variable, operator, text in conditions
    ]
    joined = " || ".join(alternatives)
    return joined if len(alternatives) == 1 else f"({joined})"


def _require_value(variable: str) -> tuple[Condition, ...]:
    return ((variable, "!=", access_log_format.EMPTY_VALUE),)


# CloudWatch Logs requires the fields of dimensions in the pattern.
_HAS_ROUTE: Final = (
    ((access_log_format.METHOD, "=", "*"),),
    ((access_log_format.RESOURCE, "=", "*"),),
)
_STREAMED: Final = ((access_log_format.MODE, "=", "STREAMED"),)

TIME_TO_HEADERS: Final = StreamMetric(
    name="TimeToHeaders",
    conditions=(_STREAMED, _require_value(access_log_format.TIME_TO_HEADERS)),
    value=access_log_format.TIME_TO_HEADERS,
    unit="Milliseconds",
    statistic="p90",
)
TIME_TO_FIRST_CONTENT: Final = StreamMetric(
    name="TimeToFirstContent",
    conditions=(_STREAMED, _require_value(access_log_format.TIME_TO_CONTENT)),
    value=access_log_format.TIME_TO_CONTENT,
    unit="Milliseconds",
    statistic="p90",
)
STREAM_DURATION: Final = StreamMetric(
    name="StreamDuration",
    conditions=(_STREAMED, _require_value(access_log_format.INTEGRATION_LATENCY)),
    value=access_log_format.INTEGRATION_LATENCY,
    unit="Milliseconds",
    statistic="p90",
)
STREAMED_BYTES: Final = StreamMetric(
    name="StreamedBytes",
    conditions=(_STREAMED, _require_value(access_log_format.LENGTH)),
    value=access_log_format.LENGTH,
    unit="Bytes",
)
STREAMED: Final = StreamMetric(name="Streamed", conditions=(_STREAMED,))
# A mock integration responds to a preflight, and mock integrations are buffered.
BUFFERED: Final = StreamMetric(
    name="Buffered",
    conditions=(
        ((access_log_format.MODE, "=", "BUFFERED"),),
        ((access_log_format.METHOD, "!=", "OPTIONS"),),
    ),
)
# The client received headers with a status that means success, and an error followed. For an error
# before the headers, API Gateway returns a 5XX.
ABORTED: Final = StreamMetric(
    name="Aborted",
    conditions=(
        _STREAMED,
        _require_value(access_log_format.TIME_TO_HEADERS),
        ((access_log_format.STATUS, "!=", "5*"),),
        (
            (access_log_format.INTEGRATION_ERROR, "!=", access_log_format.EMPTY_VALUE),
            (access_log_format.ERROR, "!=", access_log_format.EMPTY_VALUE),
        ),
    ),
)
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
THROTTLED: Final = StreamMetric(
    name="Throttled",
    conditions=(
        (
            (access_log_format.ERROR_TYPE, "=", "THROTTLED"),
            (access_log_format.ERROR_TYPE, "=", "QUOTA_EXCEEDED"),
        ),
    ),
)

STREAM_METRICS: Final = (
    TIME_TO_HEADERS,
    TIME_TO_FIRST_CONTENT,
    STREAM_DURATION,
    STREAMED_BYTES,
    STREAMED,
    BUFFERED,
    ABORTED,
    THROTTLED,
)
