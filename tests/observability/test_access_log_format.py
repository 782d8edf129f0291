"""The format of the access log: it gives JSON for any values, and is small enough."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.aws.limits import ACCESS_LOG_FORMAT_MAX_BYTES
from streaming_construct.model.subject import Subject
from streaming_construct.observability.access_log_format import (
    STREAMING_ACCESS_LOG,
    build_streaming_access_log_format,
)
from streaming_construct.rules.checks.logging import check_access_log
from tests.support.models import ids

LINE = build_streaming_access_log_format()
VARIABLE = re.compile(r"\$context(\.[A-Za-z]+)+")


def test_every_value_is_one_variable_in_quotes() -> None:
    """A variable without a value is written as a bare dash, which is JSON only in quotes."""
    line = json.loads(LINE)

    assert line == STREAMING_ACCESS_LOG
    assert all(VARIABLE.fullmatch(value) for value in line.values())
    assert len(set(line.values())) == len(line)


@given(
    st.lists(
        st.sampled_from(["-", "200", "0.012", "GET", "/chat"]), min_size=len(STREAMING_ACCESS_LOG)
    )
)
def test_the_format_gives_json_for_any_values(values: list[str]) -> None:
    """Dashes, numbers and words: a log query can read every line."""
    filled = iter(values)
    line = json.loads(VARIABLE.sub(lambda _: next(filled), LINE))

    assert line.keys() == STREAMING_ACCESS_LOG.keys()
    assert all(isinstance(value, str) for value in line.values())


def test_api_gateway_accepts_the_format() -> None:
    """It has less than 3 KB and the request ids. The rule of the format agrees."""
    assert len(LINE.encode()) < 3 * 1024
    assert "\n" not in LINE
    assert not list(check_access_log(LINE, Subject("stage")))


@pytest.mark.parametrize("variable", ["$context.requestId", "$context.extendedRequestId"])
def test_a_format_needs_one_of_the_request_ids(variable: str) -> None:
    """API Gateway rejects a format without both."""
    assert ids(check_access_log("$context.path", Subject("stage"))) == ["access-log-format-invalid"]
    assert not list(check_access_log(f"$context.path {variable}", Subject("stage")))


@pytest.mark.parametrize("letter", ["a", "é", "語"])
def test_the_size_of_a_format_is_measured_in_bytes(letter: str) -> None:
    """It may have exactly 3 KB, whatever its number of characters."""
    prefix = "$context.requestId "
    room = ACCESS_LOG_FORMAT_MAX_BYTES - len(prefix)
    size = len(letter.encode())
    full = prefix + letter * (room // size) + "-" * (room % size)

    assert not list(check_access_log(full, Subject("stage")))
    assert ids(check_access_log(full + "-", Subject("stage"))) == ["access-log-format-invalid"]


def test_both_problems_are_reported_together() -> None:
    """A user can correct them together."""
    findings = list(check_access_log("-" * (ACCESS_LOG_FORMAT_MAX_BYTES + 1), Subject("stage")))

    assert len(findings) == 2
