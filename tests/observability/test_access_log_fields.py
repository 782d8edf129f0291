"""Where a line of the access log holds what."""

from __future__ import annotations

import json

import pytest

from streaming_construct.observability.access_log_fields import (
    AccessLogFormatError,
    read_json_field_paths,
)
from streaming_construct.observability.access_log_format import build_streaming_access_log_format
from streaming_construct.observability.access_log_metrics import STREAM_METRICS
from streaming_construct.observability.logs_insights_queries import QUERIED


def test_fields_are_found_by_what_they_hold_within_others_too() -> None:
    """Whatever they are called; two names of one variable are the same."""
    log_format = json.dumps(
        {
            "id": "$context.requestId",
            "took": {"all": "$context.integrationLatency", "first": {"ms": "$context.x.y"}},
        }
    )

    assert read_json_field_paths(log_format) == {
        "$context.requestId": "id",
        "$context.integration.latency": "took.all",
        "$context.x.y": "took.first.ms",
    }


def test_what_is_not_one_variable_alone_is_no_field_of_it() -> None:
    """Nor is one whose name a selector could not have, or one in a list."""
    log_format = json.dumps(
        {
            "line": "$context.httpMethod $context.path",
            "a b": "$context.status",
            "a.b": "$context.status",
            "list": ["$context.status"],
            "other": "$stageVariables.x",
        }
    )

    assert read_json_field_paths(log_format) == {}


@pytest.mark.parametrize(
    "log_format",
    ["$context.requestId $context.status", '{"status": $context.status}', '["$context.status"]'],
)
def test_a_format_that_gives_no_json_object_is_refused(log_format: str) -> None:
    """A variable without quotes is JSON only where it happens to be a number."""
    with pytest.raises(AccessLogFormatError, match="it is not"):
        read_json_field_paths(log_format)


def test_the_constructs_own_format_has_all_that_is_asked_of_it() -> None:
    """By every metric, of a route too, and by every query."""
    fields = read_json_field_paths(build_streaming_access_log_format())
    asked = {v for metric in STREAM_METRICS for v in metric.list_variables(by_route=True)} | {
        *QUERIED
    }

    assert asked <= fields.keys()
