"""Questions to an API's access log and to its functions' logs, for CloudWatch Logs Insights.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.rest_paths import ANY
from streaming_construct.model.api import Route
from streaming_construct.observability import access_log_format as log

QUERIED: Final = (
    log.REQUEST_ID,
    log.METHOD,
    log.RESOURCE,
    log.STATUS,
    log.SOURCE_IP,
    log.LENGTH,
    log.ERROR,
    log.ERROR_TYPE,
    log.INTEGRATION_ERROR,
    log.INTEGRATION_LATENCY,
    log.MODE,
    log.TIME_TO_HEADERS,
    log.TIME_TO_CONTENT,
)
"""The variables that the queries of an access log ask about."""


@dataclass(frozen=True)
class LogQuery:
    """A query by its name; each line of it is a step."""

    name: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n| ".join(self.lines)


def slowest_first_content(fields: Mapping[str, str]) -> LogQuery:
    """Ask which routes keep their callers waiting."""
    content = fields[log.TIME_TO_CONTENT]
    return LogQuery(
        "Slowest first content by route",
        (
            f'filter {fields[log.MODE]} = "STREAMED" and {content} != "{log.NO_VALUE}"',
            f"stats count(*) as streams, {_figures(content)} by {_by_route(fields)}",
            "sort p90_ms desc",
            "limit 50",
        ),
    )


def buffered_answers(fields: Mapping[str, str], routes: Iterable[Route]) -> LogQuery:
    """Ask which routes buffer though they are to stream; `routes` are those of the API."""
    mode, method = fields[log.MODE], fields[log.METHOD]
    latency = fields[log.INTEGRATION_LATENCY]
    return LogQuery(
        "Buffered answers of streamed routes",
        (
            f'filter {mode} = "BUFFERED" and {method} != "OPTIONS"',
            *(f"filter not ({route})" for route in _buffered(fields, tuple(routes))),
            f"stats count(*) as answers, max({latency}) as longest_ms by {_by_route(fields)}",
            "sort answers desc",
            "limit 50",
        ),
    )


def aborted_streams(fields: Mapping[str, str]) -> LogQuery:
    """Ask for the streams that an error ended."""
    shown = (
        log.METHOD,
        log.RESOURCE,
        log.LENGTH,
        log.INTEGRATION_LATENCY,
        log.INTEGRATION_ERROR,
        log.ERROR,
        log.SOURCE_IP,
        log.REQUEST_ID,
    )
    none = log.NO_VALUE
    errors = (fields[log.INTEGRATION_ERROR], fields[log.ERROR])
    return LogQuery(
        "Aborted streams",
        (
            f"fields @timestamp, {', '.join(fields[variable] for variable in shown)}",
            f'filter {fields[log.MODE]} = "STREAMED" and {fields[log.TIME_TO_HEADERS]} != "{none}"',
            f"filter {fields[log.STATUS]} not like /^5/",
            "filter " + " or ".join(f'{error} != "{none}"' for error in errors),
            "sort @timestamp desc",
            "limit 100",
        ),
    )


def failures(fields: Mapping[str, str]) -> LogQuery:
    """Ask which routes answer with 5XX, and why."""
    why = ", ".join(fields[variable] for variable in (log.STATUS, log.ERROR_TYPE, log.ERROR))
    return LogQuery(
        "Failures by route",
        (
            f"filter {fields[log.STATUS]} like /^5/",
            f"stats count(*) as failures by {_by_route(fields)}, {why}",
            "sort failures desc",
            "limit 50",
        ),
    )


def throttled_callers(fields: Mapping[str, str]) -> LogQuery:
    """Ask whose requests were too many."""
    caller, kind = fields[log.SOURCE_IP], fields[log.ERROR_TYPE]
    return LogQuery(
        "Who is throttled",
        (
            f'filter {kind} in ["THROTTLED", "QUOTA_EXCEEDED"]',
            f"stats count(*) as refused by {caller}, {kind}, {_by_route(fields)}",
            "sort refused desc",
            "limit 50",
        ),
    )


# Insights finds the figures of a report in text by itself; those of a report in JSON are fields.
_INIT_MS: Final = "coalesce(@initDuration, record.metrics.initDurationMs)"
_USED_MB: Final = "coalesce(@maxMemoryUsed / 1000000, record.metrics.maxMemoryUsedMB)"
_OF_COLD_STARTS: Final = "pct(init_ms, 90) as p90_init_ms, max(used_mb) as most_used_mb"

COLD_STARTS: Final = LogQuery(
    "Cold starts and memory",
    (
        'filter @type = "REPORT" or type = "platform.report"',
        f"fields {_INIT_MS} as init_ms, {_USED_MB} as used_mb",
        f"stats count(*) as invocations, count(init_ms) as cold_starts, {_OF_COLD_STARTS} by @log",
    ),
)
FUNCTION_TIMEOUTS: Final = LogQuery(
    "Function timeouts",
    (
        "fields @timestamp, @log, @message",
        'filter @message like /REPORT .*Status: timeout/ or record.status = "timeout"',
        "sort @timestamp desc",
        "limit 100",
    ),
)
FUNCTION_LOG_QUERIES: Final = (COLD_STARTS, FUNCTION_TIMEOUTS)


def _figures(field: str) -> str:
    return f"pct({field}, 50) as p50_ms, pct({field}, 90) as p90_ms, max({field}) as worst_ms"


def _by_route(fields: Mapping[str, str]) -> str:
    return f"{fields[log.METHOD]}, {fields[log.RESOURCE]}"


def _buffered(fields: Mapping[str, str], routes: tuple[Route, ...]) -> Iterator[str]:
    """Yield a condition for each route that is to buffer."""
    method, resource = fields[log.METHOD], fields[log.RESOURCE]
    for route in routes:
        if route.integration.transfer_mode is not TransferMode.BUFFERED:
            continue
        here = f'{resource} = "{route.path}"'
        if route.method != ANY:
            yield f'{here} and {method} = "{route.method}"'
            continue
        # A method of its own comes before any method.
        own = [f'"{each.method}"' for each in routes if each.path == route.path and each != route]
        yield f"{here} and {method} not in [{', '.join(own)}]" if own else here
