"""The fields of the access log that hold each variable."""

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


def test_fields_are_found_by_their_variable() -> None:
    """Their names and their nesting do not matter. Two names of one variable are the same."""
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


def test_only_a_single_variable_is_a_field() -> None:
    """Its name must be valid in a selector, and it must not be in a list."""
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
def test_a_format_without_a_json_object_is_an_error(log_format: str) -> None:
    """A variable without quotes is JSON only if it is a number."""
    with pytest.raises(AccessLogFormatError, match="the format is not"):
        read_json_field_paths(log_format)


def test_the_default_format_has_every_required_field() -> None:
    """Every metric, also by route, and every query has its fields."""
    fields = read_json_field_paths(build_streaming_access_log_format())
    required = {v for metric in STREAM_METRICS for v in metric.list_variables(by_route=True)} | {
        *QUERIED
    }

    assert required <= fields.keys()
