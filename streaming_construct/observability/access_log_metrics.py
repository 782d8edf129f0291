"""What an access log tells of an API's streams, as metric filters of CloudWatch Logs.

Every value in a line is quoted, and a variable without a value is a `-`. So a filter compares texts
only, and admits a line for its number only where there is one.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from streaming_construct.observability import access_log_format as log

Condition = tuple[str, str, str]
"""A variable, `=` or `!=`, and a text in which `*` at an end stands for anything."""


@dataclass(frozen=True, kw_only=True)
class StreamMetric:
    """One metric of an access log.

    `clauses` all hold for a line that counts; of the conditions of a clause, one does. `value` is
    the variable whose number counts; None counts lines. `unit` is CloudWatch's word.
    """

    name: str
    clauses: tuple[tuple[Condition, ...], ...]
    unit: str = "Count"
    value: str | None = None

    def variables(self, *, by_route: bool) -> tuple[str, ...]:
        """Return the variables that a line must hold."""
        used = [
            variable for clause in self._clauses(by_route=by_route) for variable, _, _ in clause
        ]
        return tuple(dict.fromkeys(used))

    def pattern(self, fields: Mapping[str, str], *, by_route: bool) -> str:
        """Return the filter pattern; `fields` are those of the log's format, by variable."""
        return f"{{ {' && '.join(_clause(c, fields) for c in self._clauses(by_route=by_route))} }}"

    def _clauses(self, *, by_route: bool) -> tuple[tuple[Condition, ...], ...]:
        return (*self.clauses, *_HAS_ROUTE) if by_route else self.clauses


def _clause(conditions: tuple[Condition, ...], fields: Mapping[str, str]) -> str:
    alternatives = [
        f'$.{fields[variable]} {operator} "{text}"' for variable, operator, text in conditions
    ]
    joined = " || ".join(alternatives)
    return joined if len(alternatives) == 1 else f"({joined})"


def _known(variable: str) -> tuple[Condition, ...]:
    return ((variable, "!=", log.NO_VALUE),)


# A field that a filter takes a dimension from stands in its pattern, too.
_HAS_ROUTE: Final = (((log.METHOD, "=", "*"),), ((log.RESOURCE, "=", "*"),))
_STREAMED: Final = ((log.MODE, "=", "STREAMED"),)

TIME_TO_HEADERS: Final = StreamMetric(
    name="TimeToHeaders",
    clauses=(_STREAMED, _known(log.TIME_TO_HEADERS)),
    value=log.TIME_TO_HEADERS,
    unit="Milliseconds",
)
TIME_TO_FIRST_CONTENT: Final = StreamMetric(
    name="TimeToFirstContent",
    clauses=(_STREAMED, _known(log.TIME_TO_CONTENT)),
    value=log.TIME_TO_CONTENT,
    unit="Milliseconds",
)
STREAM_DURATION: Final = StreamMetric(
    name="StreamDuration",
    clauses=(_STREAMED, _known(log.INTEGRATION_LATENCY)),
    value=log.INTEGRATION_LATENCY,
    unit="Milliseconds",
)
STREAMED_BYTES: Final = StreamMetric(
    name="StreamedBytes",
    clauses=(_STREAMED, _known(log.LENGTH)),
    value=log.LENGTH,
    unit="Bytes",
)
STREAMED: Final = StreamMetric(name="Streamed", clauses=(_STREAMED,))
# A preflight is answered by a mock integration, which is buffered by nature.
BUFFERED: Final = StreamMetric(
    name="Buffered", clauses=(((log.MODE, "=", "BUFFERED"),), ((log.METHOD, "!=", "OPTIONS"),))
)
# The function's headers were there, so that the client has a status that says all is well; and an
# error came after it. Before them, API Gateway answers with an error of its own: a 5XX.
ABORTED: Final = StreamMetric(
    name="Aborted",
    clauses=(
        _STREAMED,
        _known(log.TIME_TO_HEADERS),
        ((log.STATUS, "!=", "5*"),),
        ((log.INTEGRATION_ERROR, "!=", log.NO_VALUE), (log.ERROR, "!=", log.NO_VALUE)),
    ),
)
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
THROTTLED: Final = StreamMetric(
    name="Throttled",
    clauses=(((log.ERROR_TYPE, "=", "THROTTLED"), (log.ERROR_TYPE, "=", "QUOTA_EXCEEDED")),),
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
