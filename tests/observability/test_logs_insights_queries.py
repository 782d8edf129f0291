"""Queries of Logs Insights, as text."""

from __future__ import annotations

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.api import Route
from streaming_construct.model.integrations import Integration
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.observability.access_log_fields import read_json_field_paths
from streaming_construct.observability.access_log_format import build_streaming_access_log_format
from streaming_construct.observability.logs_insights_queries import (
    FUNCTION_LOG_QUERIES,
    build_aborted_streams_query,
    build_server_errors_query,
    build_throttled_requests_query,
    build_time_to_first_byte_query,
    build_unexpected_buffered_responses_query,
)

FIELDS = read_json_field_paths(build_streaming_access_log_format())


def route(method: str, path: str, mode: TransferMode) -> Route:
    return Route(
        method=method,
        path=path,
        origin=SourceLocation(),
        integration=Integration(transfer_mode=mode),
    )


def test_buffered_routes_are_excluded_from_unexpected_buffering() -> None:
    """An ANY route excludes the methods of other routes with its path."""
    query = build_unexpected_buffered_responses_query(
        FIELDS,
        [
            route("GET", "/health", TransferMode.BUFFERED),
            route("ANY", "/old", TransferMode.BUFFERED),
            route("ANY", "/mixed", TransferMode.BUFFERED),
            route("POST", "/mixed", TransferMode.STREAM),
            route("GET", "/chat", TransferMode.STREAM),
        ],
    )

    assert query.lines[1:4] == (
        'filter not (resourcePath = "/health" and httpMethod = "GET")',
        'filter not (resourcePath = "/old")',
        'filter not (resourcePath = "/mixed" and httpMethod not in ["POST"])',
    )
    assert "/chat" not in str(query)


def test_every_step_is_a_command_of_logs_insights() -> None:
    """Each line is one command. No variable of API Gateway is left."""
    queries = [
        build_time_to_first_byte_query(FIELDS),
        build_unexpected_buffered_responses_query(FIELDS, ()),
        build_aborted_streams_query(FIELDS),
        build_server_errors_query(FIELDS),
        build_throttled_requests_query(FIELDS),
        *FUNCTION_LOG_QUERIES,
    ]

    for query in queries:
        assert {line.split()[0] for line in query.lines} <= {
            "fields",
            "filter",
            "stats",
            "sort",
            "limit",
        }
        assert "$context" not in str(query)
        assert str(query).count("\n| ") == len(query.lines) - 1
    assert len({query.name for query in queries}) == len(queries)


def test_a_query_uses_the_field_names_of_a_given_format() -> None:
    """The dashboard and the stack have the same query."""
    renamed = {variable: f"my.{number}" for number, variable in enumerate(FIELDS)}

    assert "httpMethod" not in str(build_time_to_first_byte_query(renamed))
    assert renamed["$context.httpMethod"] in str(build_time_to_first_byte_query(renamed))
