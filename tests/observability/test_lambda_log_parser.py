"""The parser of Lambda logs finds the line with the cause of a failure."""

from __future__ import annotations

import pytest
from aws_cdk.aws_logs import FilterPattern

from streaming_construct.observability.lambda_log_parser import (
    FILTER_PATTERN,
    WORDS,
    FailureKind,
    parse_failure,
)

# As they are in CloudWatch, in plain text and in Lambda's JSON.
Kind = FailureKind
LINES = {
    "RequestId: 1f Error: Runtime exited with error: signal: killed": Kind.OUT_OF_MEMORY,
    "REPORT RequestId: 1f Status: error\tError Type: Runtime.OutOfMemory": Kind.OUT_OF_MEMORY,
    "[ERROR] Runtime.ImportModuleError: Unable to import module 'index'": Kind.NOT_STARTED,
    "INIT_REPORT Init Duration: 0.44 ms Phase: init Status: error Error Type: "
    "Runtime.InvalidEntrypoint": Kind.NOT_STARTED,
    "RequestId: 1f Error: fork/exec /var/task/run.sh: permission denied": Kind.NOT_STARTED,
    "EXTENSION Name: lambda-adapter State: LaunchError Error Type: Extension.LaunchError": (
        FailureKind.NOT_STARTED
    ),
    "/bin/sh: run.sh: cannot execute: required file not found": Kind.NOT_STARTED,
    "INFO lambda_web_adapter: app is not ready after 4000ms url=http://127.0.0.1:8080/": (
        FailureKind.NOT_READY
    ),
    "2026-11-22T12:00:03.000Z 1f Task timed out after 3.00 seconds": Kind.TIMED_OUT,
    "REPORT RequestId: 1f Duration: 3000.00 ms Status: timeout": Kind.TIMED_OUT,
    "INIT_REPORT Init Duration: 9999.00 ms Phase: init Status: timeout": Kind.TIMED_OUT,
    '{"type":"platform.report","record":{"requestId":"1f","status":"timeout"}}': Kind.TIMED_OUT,
    '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1f"}': Kind.TIMED_OUT,
    "[ERROR] ClientError: An error occurred (AccessDeniedException)": Kind.DENIED,
    "User: u is not authorized to perform: bedrock:InvokeModel": Kind.DENIED,
    "RequestId: 1f Error: Runtime exited with error: exit status 1\nRuntime.ExitError": (
        FailureKind.EXITED
    ),
    "[ERROR] KeyError: 'model'\nTraceback (most recent call last):": Kind.RAISED,
    '2026-11-22T12:00:00Z\t1f\tERROR\tInvoke Error\t{"errorType":"TypeError"}': Kind.RAISED,
    '{"level":"ERROR","message":{"errorType":"KeyError","errorMessage":"model"}}': Kind.RAISED,
    "[ERROR] Runtime.UnhandledPromiseRejection: Error: no": Kind.RAISED,
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_log_names_the_cause_of_a_failure(line: str) -> None:
    """The most specific line counts if several name one."""
    failure = parse_failure(line)

    assert failure is not None
    assert failure.cause is LINES[line]


@pytest.mark.parametrize("line", LINES)
def test_the_filter_of_cloudwatch_matches_the_line(line: str) -> None:
    """An optional term of a filter matches literally."""
    assert any(word in line for word in WORDS)


def test_the_filter_has_the_syntax_of_cloudwatch() -> None:
    """The CDK writes such a filter for any of several terms. It has at most 1024 characters."""
    assert FilterPattern.any_term(*WORDS).log_pattern_string == FILTER_PATTERN
    assert len(FILTER_PATTERN) <= 1024


@pytest.mark.parametrize(
    "line",
    [
        "START RequestId: 1f Version: $LATEST",
        "END RequestId: 1f",
        "REPORT RequestId: 1f Duration: 12.00 ms Billed Duration: 13 ms Memory Size: 256 MB",
        "EXTENSION Name: lambda-adapter State: Ready Events: []",
        "asked the model for an ERROR message",
        '{"level":"INFO","timeout":30}',
        '{"type":"platform.report","record":{"requestId":"1f","status":"success"}}',
    ],
)
def test_other_lines_are_ignored(line: str) -> None:
    """The filter may match them."""
    assert parse_failure(line) is None


def test_a_long_line_is_shortened() -> None:
    """The finding quotes the cause, not the trace after it."""
    failure = parse_failure(f"before\n[ERROR] KeyError: {'x' * 500}\nTraceback")

    assert failure is None  # it does not start the event: an application's own text

    failure = parse_failure(f"[ERROR] KeyError: {'x' * 500}\nTraceback")
    assert failure is not None
    assert len(failure.line) == 160
    assert failure.line.endswith("x…")
