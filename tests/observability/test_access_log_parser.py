"""The parser of access log lines reads a line by the format that wrote it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.model.subject import Subject
from streaming_construct.observability.access_log_format import (
    STREAMING_ACCESS_LOG,
    build_streaming_access_log_format,
)
from streaming_construct.observability.access_log_parser import AccessLogEntry, AccessLogFormat

# What the console offers: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
CLF = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user "
    '[$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" '
    "$context.status $context.responseLength $context.requestId"
)
CSV = "$context.requestId,$context.status,$context.integration.responseTransferMode"
XML = '<request id="$context.requestId"> <status>$context.status</status></request>'


def write_line(log_format: str, **values: str) -> str:
    """Write a line as API Gateway does: `-` for what has no value."""
    variables = {name.replace("_", "."): value for name, value in values.items()}
    return re.sub(
        r"\$context\.([\w.]+)",
        lambda match: variables.get(match[1].replace("_", "."), "-"),
        log_format,
    )


def test_a_line_in_the_default_format_has_the_transfer_mode() -> None:
    """It has the other values of a request, too."""
    values = {name.removeprefix("$context."): "-" for name in STREAMING_ACCESS_LOG.values()}
    values |= {
        "httpMethod": "POST",
        "resourcePath": "/chat",
        "status": "500",
        "integration.responseTransferMode": "STREAMED",
        "integration.error": "no permissions",
        "error.message": "Internal server error",
    }
    line = json.dumps(
        {key: values[name[9:]] for key, name in STREAMING_ACCESS_LOG.items()},
        separators=(",", ":"),
    )

    request = AccessLogFormat(build_streaming_access_log_format()).parse_line(line)

    assert request == AccessLogEntry(
        method="POST",
        path="/chat",
        status=500,
        transfer_mode="STREAMED",
        error="no permissions",
    )
    assert request.route == Subject("route", "POST /chat")


@pytest.mark.parametrize("log_format", [CLF, CSV, XML, f"{CLF}\n"])
def test_a_line_in_any_format_has_the_status(log_format: str) -> None:
    """JSON or not."""
    line = write_line(log_format, requestId="1f", status="429", requestTime="22/Nov/2026:12:00:00")

    request = AccessLogFormat(log_format).parse_line(line)

    assert request is not None
    assert request.status == 429


def test_a_line_of_another_format_is_ignored() -> None:
    """It may be older than a change of the format."""
    csv = AccessLogFormat(CSV)

    assert csv.parse_line("1f 200 STREAMED") is None
    assert csv.parse_line("") is None
    assert (
        AccessLogFormat(XML).parse_line('<request id="1f"> <status>200</status></request>x') is None
    )


def test_without_method_and_path_a_line_belongs_to_the_api() -> None:
    """A format may have neither."""
    request = AccessLogFormat("$context.requestId $context.status").parse_line("1f 200")

    assert request is not None
    assert request.route == Subject("API")


@given(st.text("-:, {}", max_size=30), st.text("ab-:, {}\"'", max_size=60))
def test_any_line_of_any_format_is_read_or_ignored(between: str, line: str) -> None:
    """It takes little time, whatever a client sends as its user agent."""
    log_format = AccessLogFormat(f"$context.requestId{between}$context.status{between}")

    values = log_format.parse_values(line)

    assert values is None or set(values) <= {"context.requestId", "context.status"}


@given(st.lists(st.text("abc123/", min_size=1, max_size=8), min_size=3, max_size=3))
def test_a_written_line_is_read_back(values: list[str]) -> None:
    """No value contains the separators."""
    line = ",".join(values)

    assert AccessLogFormat(CSV).parse_values(line) == {
        "context.requestId": values[0],
        "context.status": values[1],
        "context.integration.responseTransferMode": values[2],
    }
