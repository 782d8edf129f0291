"""Recent lines of logs.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from streaming_construct.deployed.client import AwsClient
from streaming_construct.deployed.errors import AwsCallError, NotFoundError
from streaming_construct.observability.access_log_parser import AccessLogEntry, AccessLogFormat
from streaming_construct.observability.lambda_log_parser import (
    FILTER_PATTERN,
    FunctionFailure,
    parse_failure,
)
from streaming_construct.templates.stacks.coercion import as_mapping

# An hour of a busy API would be endless, and so would be the wait for it.
_EVENTS_MAX: Final = 5_000


def read_recent_requests(
    aws: AwsClient, stage: Mapping[str, Any], *, seconds: float
) -> list[AccessLogEntry]:
    """Return the entries of the access log of the last `seconds`; none without a log.

    Raises:
        AwsAccessError, AwsCallError: The call fails, or the log is not in CloudWatch.
    """
    settings = as_mapping(stage.get("accessLogSettings"))
    destination, template = str(settings.get("destinationArn", "")), settings.get("format")
    if not destination or not template:
        return []
    _, is_group, name = destination.partition(":log-group:")
    if not is_group:
        raise AwsCallError(f"the access log goes to {destination}, which cannot be read")
    log_format = AccessLogFormat(str(template))
    lines = _read_messages(aws, name.removesuffix(":*"), seconds=seconds)
    return [request for line in lines if (request := log_format.parse_line(line)) is not None]


def read_recent_failures(aws: AwsClient, function: str, *, seconds: float) -> list[FunctionFailure]:
    """Return the failures in the log of a function, the newest last.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    group = f"/aws/lambda/{function.rpartition(':')[2]}"
    configuration = aws.call("lambda", "get_function_configuration", FunctionName=function)
    group = str(as_mapping(configuration.get("LoggingConfig")).get("LogGroup") or group)
    try:
        lines = _read_messages(aws, group, seconds=seconds, filterPattern=FILTER_PATTERN)
    except NotFoundError:
        # Lambda makes the group with the first line: a function that never ran has none.
        return []
    return [parsed for line in lines if (parsed := parse_failure(line)) is not None]


def _read_messages(aws: AwsClient, group: str, *, seconds: float, **narrowed: str) -> list[str]:
    start = int((time.time() - seconds) * 1000)
    events = aws.paginate(
        "logs",
        "filter_log_events",
        "events",
        max_items=_EVENTS_MAX,
        logGroupName=group,
        startTime=start,
        **narrowed,
    )
    return [str(event.get("message", "")) for event in events]
