"""The causes of function failures, from the functions' logs.

Source: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from streaming_construct.aws.limits import STREAM_MAX_SECONDS
from streaming_construct.model.subject import Subject
from streaming_construct.observability.lambda_log_parser import FailureKind, FunctionFailure
from streaming_construct.rules.rule import Finding, Rule, Severity

FUNCTION_NOT_STARTED: Final = Rule(
    id="function-not-started",
    severity=Severity.ERROR,
    title="Function fails to start",
    what="The function's log shows that it cannot start.",
    why=(
        "The handler names a missing module, the script is not executable or has no valid "
        "`#!` line, or a layer has another architecture."
    ),
    fix=(
        "Fix the handler name, the script's mode and line endings, or the layer's "
        "architecture. The finding quotes the log line."
    ),
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html",
    tags=frozenset({"function", "doctor"}),
)

FUNCTION_TIMED_OUT: Final = Rule(
    id="function-timed-out",
    severity=Severity.ERROR,
    title="Function timeout",
    what="The function's log shows that Lambda ended it at its timeout.",
    why="The stream is truncated, regardless of the integration timeout.",
    fix="Raise the function timeout to the duration of its longest stream, at most 900 seconds.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html",
    tags=frozenset({"timeout", "doctor"}),
)

FUNCTION_OUT_OF_MEMORY: Final = Rule(
    id="function-out-of-memory",
    severity=Severity.ERROR,
    title="Function out of memory",
    what="The function's log shows that the function ran out of memory.",
    why="The stream is truncated, and the next request is a cold start.",
    fix="Raise the memory size, and do not collect a stream in memory before you send it.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html",
    tags=frozenset({"function", "doctor"}),
)

FUNCTION_NOT_READY: Final = Rule(
    id="function-not-ready",
    severity=Severity.ERROR,
    title="Web server not ready",
    what=(
        "The Lambda Web Adapter reports in the function's log that the web server does not respond."
    ),
    why="The adapter checks every 10 ms and forwards no request before the web server responds.",
    fix=(
        "Listen on `AWS_LWA_PORT`, and set `AWS_LWA_READINESS_CHECK_PATH` to a path that "
        "responds immediately."
    ),
    source_url="https://aws.github.io/aws-lambda-web-adapter/configuration/environment-variables.html",
    tags=frozenset({"function", "doctor"}),
)

FUNCTION_ACCESS_DENIED: Final = Rule(
    id="function-access-denied",
    severity=Severity.ERROR,
    title="Function access denied",
    what="The function's log shows that AWS denied an action.",
    why="The execution role of the function does not allow the action.",
    fix="Allow the action on the required resources in the execution role.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
    tags=frozenset({"function", "doctor"}),
)

FUNCTION_EXITED: Final = Rule(
    id="function-exited",
    severity=Severity.ERROR,
    title="Function process exited",
    what="The function's log shows that its process exited.",
    why="The response that the process was sending is lost.",
    fix="Read the log lines before it. They show an exit, a signal, or a missing library.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html",
    tags=frozenset({"function", "doctor"}),
)

FUNCTION_UNHANDLED_EXCEPTION: Final = Rule(
    id="function-unhandled-exception",
    severity=Severity.ERROR,
    title="Unhandled exception",
    what="The function's log shows an unhandled exception.",
    why=(
        "Before the first byte, the client receives a 500 or 502. After it, the stream is "
        "truncated."
    ),
    fix="Fix or catch the exception. The status code cannot change once streaming has started.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html",
    tags=frozenset({"function", "doctor"}),
)


def check_function_failures(
    function: str, failures: Iterable[FunctionFailure]
) -> Iterator[Finding]:
    """Yield an error for each cause in a function's log, with the newest line that names it."""
    causes: dict[FailureKind, list[FunctionFailure]] = {}
    for failure in failures:
        causes.setdefault(failure.cause, []).append(failure)
    for cause in FailureKind:
        if failures_of_cause := causes.get(cause):
            yield _create_finding(
                cause, Subject("function", function), _quote_failures(failures_of_cause)
            )


def _quote_failures(failures: list[FunctionFailure]) -> str:
    times = "once" if len(failures) == 1 else f"{len(failures)} times"
    return f"({times} recently) {failures[-1].line}"


def _create_finding(cause: FailureKind, subject: Subject, quoted: str) -> Finding:
    match cause:
        case FailureKind.NOT_STARTED:
            return FUNCTION_NOT_STARTED.at(subject, f"the function does not start: {quoted}")
        case FailureKind.TIMED_OUT:
            return FUNCTION_TIMED_OUT.at(
                subject,
                f"Lambda ended it at its timeout: {quoted}",
                fix=(
                    "Raise its timeout to the duration of its longest stream, "
                    f"{STREAM_MAX_SECONDS} s at most behind API Gateway."
                ),
            )
        case FailureKind.OUT_OF_MEMORY:
            return FUNCTION_OUT_OF_MEMORY.at(subject, f"the function ran out of memory: {quoted}")
        case FailureKind.NOT_READY:
            return FUNCTION_NOT_READY.at(
                subject, f"the web server does not respond to the Lambda Web Adapter: {quoted}"
            )
        case FailureKind.DENIED:
            return FUNCTION_ACCESS_DENIED.at(subject, f"the function lacks a permission: {quoted}")
        case FailureKind.EXITED:
            return FUNCTION_EXITED.at(subject, f"the process of the function ended: {quoted}")
        case FailureKind.RAISED:
            return FUNCTION_UNHANDLED_EXCEPTION.at(subject, f"the function raises: {quoted}")
