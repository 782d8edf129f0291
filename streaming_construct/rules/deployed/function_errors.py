"""Why functions fail, by what their logs say.

Source: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streaming_construct.aws.limits import FUNCTION_TIMEOUT_MAX_SECONDS
from streaming_construct.observability.lambda_log_parser import FailureKind, FunctionFailure
from streaming_construct.rules.finding import Finding, error


def function_failure_findings(
    function: str, failures: Iterable[FunctionFailure]
) -> Iterator[Finding]:
    """Yield an error for each cause in a function's log, with the newest line that names it."""
    causes: dict[FailureKind, list[FunctionFailure]] = {}
    for failure in failures:
        causes.setdefault(failure.cause, []).append(failure)
    for cause in FailureKind:
        if found := causes.get(cause):
            yield _finding(cause, f"function {function}", _quoted(found))


def _quoted(found: list[FunctionFailure]) -> str:
    times = "once" if len(found) == 1 else f"{len(found)} times"
    return f"({times} lately) {found[-1].line}"


def _finding(cause: FailureKind, where: str, quoted: str) -> Finding:
    match cause:
        case FailureKind.NOT_STARTED:
            return error(
                "function-not-started",
                where,
                f"it does not start: {quoted}",
                "let the handler name what is in the package; a script needs the executable bit, a "
                "#! line and no carriage returns, and a layer the function's architecture",
            )
        case FailureKind.TIMED_OUT:
            return error(
                "function-timed-out",
                where,
                f"Lambda ended it before it had finished: {quoted}",
                "raise its timeout to what its longest stream takes, "
                f"{FUNCTION_TIMEOUT_MAX_SECONDS} s at most",
            )
        case FailureKind.OUT_OF_MEMORY:
            return error(
                "function-out-of-memory",
                where,
                f"it was ended for want of memory: {quoted}",
                "give it more memory; a stream should not be gathered before it is sent",
            )
        case FailureKind.NOT_READY:
            return error(
                "function-not-ready",
                where,
                f"its web server does not answer the Lambda Web Adapter: {quoted}",
                "let it listen on AWS_LWA_PORT, and AWS_LWA_READINESS_CHECK_PATH name a path that "
                "it answers at once",
            )
        case FailureKind.DENIED:
            return error(
                "function-denied",
                where,
                f"it may not do what it tries to: {quoted}",
                "allow it the action, in its execution role",
            )
        case FailureKind.EXITED:
            return error(
                "function-exited",
                where,
                f"its process ended: {quoted}",
                "see the lines before it in the log: an exit, a signal, a missing library",
            )
        case FailureKind.RAISED:
            return error(
                "function-raised",
                where,
                f"it raises: {quoted}",
                "mend it, or catch the exception; once a stream has begun, its status is sent",
            )
