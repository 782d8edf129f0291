"""CloudWatch Logs Insights queries for the access log of an API and the logs of its functions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.rest_paths import ANY
from streaming_construct.model.api import Route
from streaming_construct.observability import access_log_format

# The variables that the queries of an access log read.
QUERIED: Final = (
    access_log_format.REQUEST_ID,
    access_log_format.METHOD,
    access_log_format.RESOURCE,
    access_log_format.STATUS,
    access_log_format.SOURCE_IP,
    access_log_format.LENGTH,
    access_log_format.ERROR,
    access_log_format.ERROR_TYPE,
    access_log_format.INTEGRATION_ERROR,
    access_log_format.INTEGRATION_LATENCY,
    access_log_format.MODE,
    access_log_format.TIME_TO_HEADERS,
    access_log_format.TIME_TO_CONTENT,
)


@dataclass(frozen=True)
class InsightsQuery:
    """A query with its name. Each line is one command."""

    name: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n| ".join(self.lines)


def build_time_to_first_byte_query(fields: Mapping[str, str]) -> InsightsQuery:
    """Return the query for the routes with the longest time to first byte."""
    content = fields[access_log_format.TIME_TO_CONTENT]
    grouping = _format_grouping(fields)
    return InsightsQuery(
        "Slowest first content by route",
        (
            (
                f'filter {fields[access_log_format.MODE]} = "STREAMED"'
                f' and {content} != "{access_log_format.EMPTY_VALUE}"'
            ),
            f"stats count(*) as streams, {_format_statistics(content)} by {grouping}",
            "sort p90_ms desc",
            "limit 50",
        ),
    )


def build_unexpected_buffered_responses_query(
    fields: Mapping[str, str], routes: Iterable[Route]
) -> InsightsQuery:
    """Return the query for the buffered responses of streamed routes of an API."""
    mode, method = fields[access_log_format.MODE], fields[access_log_format.METHOD]
    latency = fields[access_log_format.INTEGRATION_LATENCY]
    grouping = _format_grouping(fields)
    return InsightsQuery(
        "Buffered responses of streamed routes",
        (
            f'filter {mode} = "BUFFERED" and {method} != "OPTIONS"',
            *(
                f"filter not ({route})"
                for route in _list_buffered_route_conditions(fields, tuple(routes))
            ),
            f"stats count(*) as responses, max({latency}) as longest_ms by {grouping}",
            "sort responses desc",
            "limit 50",
        ),
    )


def build_aborted_streams_query(fields: Mapping[str, str]) -> InsightsQuery:
    """Return the query for the streams that an error ended."""
    columns = (
        access_log_format.METHOD,
        access_log_format.RESOURCE,
        access_log_format.LENGTH,
        access_log_format.INTEGRATION_LATENCY,
        access_log_format.INTEGRATION_ERROR,
        access_log_format.ERROR,
        access_log_format.SOURCE_IP,
        access_log_format.REQUEST_ID,
    )
    none = access_log_format.EMPTY_VALUE
    errors = (fields[access_log_format.INTEGRATION_ERROR], fields[access_log_format.ERROR])
    return InsightsQuery(
        "Aborted streams",
        (
            f"fields @timestamp, {', '.join(fields[variable] for variable in columns)}",
            (
                f'filter {fields[access_log_format.MODE]} = "STREAMED"'
                f' and {fields[access_log_format.TIME_TO_HEADERS]} != "{none}"'
            ),
            f"filter {fields[access_log_format.STATUS]} not like /^5/",
            "filter " + " or ".join(f'{error} != "{none}"' for error in errors),
            "sort @timestamp desc",
            "limit 100",
        ),
    )


def build_server_errors_query(fields: Mapping[str, str]) -> InsightsQuery:
    """Return the query for the routes with 5XX responses and their causes."""
    reasons = ", ".join(
        fields[variable]
        for variable in (
            access_log_format.STATUS,
            access_log_format.ERROR_TYPE,
            access_log_format.ERROR,
        )
    )
    return InsightsQuery(
        "Failures by route",
        (
            f"filter {fields[access_log_format.STATUS]} like /^5/",
            f"stats count(*) as failures by {_format_grouping(fields)}, {reasons}",
            "sort failures desc",
            "limit 50",
        ),
    )


def build_throttled_requests_query(fields: Mapping[str, str]) -> InsightsQuery:
    """Return the query for the clients with throttled requests."""
    caller, kind = fields[access_log_format.SOURCE_IP], fields[access_log_format.ERROR_TYPE]
    return InsightsQuery(
        "Throttled callers",
        (
            f'filter {kind} in ["THROTTLED", "QUOTA_EXCEEDED"]',
            f"stats count(*) as rejected by {caller}, {kind}, {_format_grouping(fields)}",
            "sort rejected desc",
            "limit 50",
        ),
    )


# Insights finds the figures of a report in text by itself; those of a report in JSON are fields.
_INIT_MS: Final = "coalesce(@initDuration, record.metrics.initDurationMs)"
_USED_MB: Final = "coalesce(@maxMemoryUsed / 1000000, record.metrics.maxMemoryUsedMB)"
_OF_COLD_STARTS: Final = "pct(init_ms, 90) as p90_init_ms, max(used_mb) as most_used_mb"

COLD_STARTS: Final = InsightsQuery(
    "Cold starts and memory",
    (
        'filter @type = "REPORT" or type = "platform.report"',
        f"fields {_INIT_MS} as init_ms, {_USED_MB} as used_mb",
        f"stats count(*) as invocations, count(init_ms) as cold_starts, {_OF_COLD_STARTS} by @log",
    ),
)
FUNCTION_TIMEOUTS: Final = InsightsQuery(
    "Function timeouts",
    (
        "fields @timestamp, @log, @message",
        'filter @message like /REPORT .*Status: timeout/ or record.status = "timeout"',
        "sort @timestamp desc",
        "limit 100",
    ),
)
FUNCTION_LOG_QUERIES: Final = (COLD_STARTS, FUNCTION_TIMEOUTS)


def _format_statistics(field: str) -> str:
    return f"pct({field}, 50) as p50_ms, pct({field}, 90) as p90_ms, max({field}) as worst_ms"


def _format_grouping(fields: Mapping[str, str]) -> str:
    return f"{fields[access_log_format.METHOD]}, {fields[access_log_format.RESOURCE]}"


def _list_buffered_route_conditions(
    fields: Mapping[str, str], routes: tuple[Route, ...]
) -> Iterator[str]:
    """Yield a condition for each route whose transfer mode is buffered."""
    method, resource = fields[access_log_format.METHOD], fields[access_log_format.RESOURCE]
    for route in routes:
        if route.integration.transfer_mode is not TransferMode.BUFFERED:
            continue
        condition = f'{resource} = "{route.path}"'
        if route.method != ANY:
            yield f'{condition} and {method} = "{route.method}"'
            continue
        # A route of one method takes precedence over ANY.
        methods = [
            f'"{other.method}"' for other in routes if other.path == route.path and other != route
        ]
        yield f"{condition} and {method} not in [{', '.join(methods)}]" if methods else condition
