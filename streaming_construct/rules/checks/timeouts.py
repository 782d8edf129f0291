"""Timeouts: of the integration and of the function behind it.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import (
    BUFFERED_TIMEOUT_MAX_MS,
    FUNCTION_TIMEOUT_DEFAULT_SECONDS,
    FUNCTION_TIMEOUT_MAX_SECONDS,
    INTEGRATION_TIMEOUT_DEFAULT_MS,
    STREAM_MAX_SECONDS,
    STREAM_TIMEOUT_MAX_MS,
    TIMEOUT_MIN_MS,
)
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.transfer_modes import find_intended_transfer_mode
from streaming_construct.rules.rule import Finding, Rule, Severity

TIMEOUT_OUT_OF_RANGE: Final = Rule(
    id="timeout-out-of-range",
    severity=Severity.ERROR,
    title="Integration timeout out of range",
    what=(
        "The integration timeout is outside the range for its transfer mode: 50 ms to 15 "
        "minutes if streamed, 50 ms to 29 seconds if buffered."
    ),
    why="API Gateway rejects the import.",
    fix=(
        "Stream routes that take longer than 29 seconds. If AWS raised the quota of the "
        "account, set `integration_timeout_quota` in CDK, or pass `--integration-timeout-quota` "
        "to `lint`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
    tags=frozenset({"timeout", "synth", "lint", "doctor"}),
)

FUNCTION_TIMEOUT_SHORTER: Final = Rule(
    id="function-timeout-shorter",
    severity=Severity.WARNING,
    title="Function timeout shorter than integration timeout",
    what="The function behind a streamed route times out before the integration does.",
    why=(
        "Lambda ends a function that takes longer, and the client receives a truncated stream. "
        "Shorter streams are complete."
    ),
    fix=(
        "Raise the function timeout to at least the integration timeout. In CDK, a route "
        "without a timeout uses the function timeout."
    ),
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html",
    tags=frozenset({"timeout", "synth", "lint", "doctor"}),
)

INTEGRATION_TIMEOUT_DEFAULT: Final = Rule(
    id="integration-timeout-default",
    severity=Severity.WARNING,
    title="Stream with the default integration timeout",
    what=(
        "A streamed route has no integration timeout, and its function can run for longer "
        "than 29 seconds."
    ),
    why="The default of 29 seconds applies to streams too. API Gateway truncates longer streams.",
    fix="Set the integration timeout (`timeoutInMillis`, `TimeoutInMillis`), at most 900000 ms.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html",
    tags=frozenset({"timeout", "lint", "doctor"}),
)

FUNCTION_TIMEOUT_DEFAULT: Final = Rule(
    id="function-timeout-default",
    severity=Severity.WARNING,
    title="Streaming function with the default timeout",
    what="A function behind streamed routes has the default Lambda timeout of 3 seconds.",
    why="Lambda ends every stream of the function after 3 seconds.",
    fix="Set the function timeout to the duration of its longest stream.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html",
    tags=frozenset({"timeout", "synth", "lint", "doctor"}),
)

FUNCTION_TIMEOUT_OUT_OF_RANGE: Final = Rule(
    id="function-timeout-out-of-range",
    severity=Severity.ERROR,
    title="Function timeout out of range",
    what="The function timeout is less than 1 second or more than 30 minutes.",
    why="Lambda rejects the deployment.",
    fix="Set the function timeout to 1 to 1800 seconds.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html",
    tags=frozenset({"timeout", "synth", "lint", "doctor"}),
)

FUNCTION_TIMEOUT_UNUSED: Final = Rule(
    id="function-timeout-unused",
    severity=Severity.WARNING,
    title="Function timeout beyond the longest stream",
    what="The timeout of a function behind streamed routes is more than 15 minutes.",
    why=(
        "Lambda accepts up to 30 minutes, but API Gateway ends a stream after 15. The function "
        "continues, Lambda bills it, and no client receives what it writes."
    ),
    fix="Set the function timeout to at most 900 seconds, or start longer work asynchronously.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
    tags=frozenset({"timeout", "synth", "lint", "doctor"}),
)


def check_timeouts(declaration: Declaration) -> Iterator[Finding]:
    """Yield the errors of the timeouts of `api`."""
    api = declaration.api
    reported = set[str]()
    for route in api.routes:
        function = api.functions.get(route.integration.function or "")
        out_of_range: list[Finding] = []
        mode = find_intended_transfer_mode(route, declaration)
        if mode is not None:
            out_of_range = list(_check_range(route, mode, api.integration_timeout_max_ms))
        yield from out_of_range
        if route.integration.timeout_ms is None:
            yield from _check_integration_default(route, function)
        elif function is not None and not out_of_range:
            ends_first = list(_check_shorter_function_timeout(route, function))
            reported |= {function.id for _ in ends_first}
            yield from ends_first
    yield from _check_default_function_timeouts(api, reported)
    yield from _check_long_function_timeouts(api)


def get_timeout_range_ms(mode: TransferMode, buffered_max_ms: int | None) -> tuple[int, int]:
    """Return the shortest and the longest timeout of an integration in `mode`.

    `buffered_max_ms` is the account's own quota for buffered integrations, where it was raised.
    """
    if mode is TransferMode.STREAM:
        return TIMEOUT_MIN_MS, STREAM_TIMEOUT_MAX_MS
    return TIMEOUT_MIN_MS, buffered_max_ms or BUFFERED_TIMEOUT_MAX_MS


def _check_range(
    route: Route, mode: TransferMode, buffered_max_ms: int | None
) -> Iterator[Finding]:
    timeout = route.integration.timeout_ms
    shortest, longest = get_timeout_range_ms(mode, buffered_max_ms)
    if route.integration.invalid_timeout is not None:
        yield TIMEOUT_OUT_OF_RANGE.at(
            Subject("route", str(route)),
            f"the timeout {route.integration.invalid_timeout} is not a number of milliseconds",
            fix=f"Use {shortest} ms to {longest} ms.",
            location=route.origin,
            member="timeoutInMillis",
        )
    if timeout is None:
        return
    if not shortest <= timeout <= longest:
        fix = f"Use {shortest} ms to {longest} ms."
        if mode is TransferMode.BUFFERED and timeout > longest:
            fix = (
                f"Use {shortest} ms to {longest} ms, or stream the route. If AWS raised the "
                "account's quota, pass --integration-timeout-quota MS to lint, or set "
                "integration_timeout_quota in CDK."
            )
        yield TIMEOUT_OUT_OF_RANGE.at(
            Subject("route", str(route)),
            f"API Gateway does not accept a timeout of {timeout} ms for a {mode.value} integration",
            fix=fix,
            location=route.origin,
            member="timeoutInMillis",
        )


def _check_shorter_function_timeout(route: Route, function: Function) -> Iterator[Finding]:
    timeout, mode = route.integration.timeout_ms, route.integration.transfer_mode
    if timeout is None or function.timeout_seconds is None or mode is not TransferMode.STREAM:
        return
    if 1 <= function.timeout_seconds < timeout / 1000:
        yield FUNCTION_TIMEOUT_SHORTER.at(
            Subject("route", str(route)),
            f"the timeout is {timeout} ms, but the function {function.origin.display_name} "
            f"ends after {function.timeout_seconds:g} s",
            location=route.origin,
        )


def _check_integration_default(route: Route, function: Function | None) -> Iterator[Finding]:
    """Yield a warning for a stream that may take longer than API Gateway waits by default."""
    integration = route.integration
    unknown = "TimeoutInMillis" in integration.unresolved
    if integration.transfer_mode is not TransferMode.STREAM or unknown:
        return
    runs = function.timeout_seconds if function is not None else None
    if runs is None or runs * 1000 > INTEGRATION_TIMEOUT_DEFAULT_MS:
        yield INTEGRATION_TIMEOUT_DEFAULT.at(
            Subject("route", str(route)),
            "the integration has no timeout, and API Gateway's default of "
            f"{INTEGRATION_TIMEOUT_DEFAULT_MS // 1000} s ends streams, too",
            fix=(f"Set it (timeoutInMillis, TimeoutInMillis), up to {STREAM_TIMEOUT_MAX_MS} ms."),
            location=route.origin,
        )


def _check_default_function_timeouts(
    api: ApiModel, already_reported: set[str]
) -> Iterator[Finding]:
    """Yield a warning for each function with Lambda's default timeout that has no other finding."""
    streaming = _list_streaming_functions(api)
    for function in api.functions.values():
        default = function.timeout_seconds == FUNCTION_TIMEOUT_DEFAULT_SECONDS
        if default and function.id in streaming - already_reported:
            yield FUNCTION_TIMEOUT_DEFAULT.at(
                Subject("function", function.origin.display_name),
                "the function serves streamed routes and ends after "
                f"{FUNCTION_TIMEOUT_DEFAULT_SECONDS} s, Lambda's default, and every stream with it",
                location=function.origin,
            )


def _check_long_function_timeouts(api: ApiModel) -> Iterator[Finding]:
    """Yield a finding for each function timeout that Lambda rejects or that no stream can use.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
    """
    streaming = _list_streaming_functions(api)
    for function in api.functions.values():
        seconds = function.timeout_seconds
        subject = Subject("function", function.origin.display_name)
        if seconds is None:
            continue
        if not 1 <= seconds <= FUNCTION_TIMEOUT_MAX_SECONDS:
            yield FUNCTION_TIMEOUT_OUT_OF_RANGE.at(
                subject,
                f"Lambda rejects its timeout of {seconds:g} s",
                location=function.origin,
                member="timeout",
            )
        elif seconds > STREAM_MAX_SECONDS and function.id in streaming:
            yield FUNCTION_TIMEOUT_UNUSED.at(
                subject,
                f"the timeout is {seconds:g} s, but API Gateway ends a stream after "
                f"{STREAM_MAX_SECONDS} s",
                location=function.origin,
                member="timeout",
            )


def _list_streaming_functions(api: ApiModel) -> set[str | None]:
    """Return the ids of the functions behind streamed routes."""
    return {
        route.integration.function
        for route in api.routes
        if route.integration.transfer_mode is TransferMode.STREAM
    }
