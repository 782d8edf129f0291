"""Timeouts: of the integration and of the function behind it.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import (
    BUFFERED_TIMEOUT_MAX_MS,
    FUNCTION_TIMEOUT_DEFAULT_SECONDS,
    INTEGRATION_TIMEOUT_DEFAULT_MS,
    STREAM_TIMEOUT_MAX_MS,
    TIMEOUT_MIN_MS,
)
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function
from streaming_construct.rules.checks.transfer_modes import has_valid_transfer_mode
from streaming_construct.rules.finding import Finding, error, warning


def timeout_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield what is wrong with the timeouts of `api`."""
    api = declaration.api
    told = set[str]()
    for route in api.routes:
        function = api.functions.get(route.integration.function or "")
        out_of_range: list[Finding] = []
        if has_valid_transfer_mode(route, declaration):
            out_of_range = list(_out_of_range(route, api.integration_timeout_max_ms))
        yield from out_of_range
        if route.integration.timeout_ms is None:
            yield from _integration_default(route, function)
        elif function is not None and not out_of_range:
            ends_first = list(_function_timeout_shorter_findings(route, function))
            told |= {function.id for _ in ends_first}
            yield from ends_first
    yield from _default_function_timeouts(api, told)


def timeout_range_ms(mode: TransferMode, buffered_max_ms: int | None) -> tuple[int, int]:
    """Return the shortest and the longest timeout of an integration in `mode`.

    `buffered_max_ms` is the account's own quota for buffered integrations, where it was raised.
    """
    if mode is TransferMode.STREAM:
        return TIMEOUT_MIN_MS, STREAM_TIMEOUT_MAX_MS
    return TIMEOUT_MIN_MS, buffered_max_ms or BUFFERED_TIMEOUT_MAX_MS


def _out_of_range(route: Route, buffered_max_ms: int | None) -> Iterator[Finding]:
    timeout, mode = route.integration.timeout_ms, route.integration.transfer_mode
    if timeout is None:
        return
    shortest, longest = timeout_range_ms(mode, buffered_max_ms)
    if not shortest <= timeout <= longest:
        fix = f"use {shortest} ms to {longest} ms"
        if mode is TransferMode.BUFFERED and timeout > longest:
            fix += (
                ", or stream the route, or where the account's quota was raised say so (in CDK, "
                "buffered_timeout_quota; else suppress this)"
            )
        yield error(
            "timeout-out-of-range",
            f"route {route}",
            f"a timeout of {timeout} ms is not one that API Gateway takes "
            f"for a {mode.value} integration",
            fix,
            route.origin,
        )


def _function_timeout_shorter_findings(route: Route, function: Function) -> Iterator[Finding]:
    timeout = route.integration.timeout_ms
    if timeout is None or function.timeout_seconds is None:
        return
    if function.timeout_seconds * 1000 < timeout:
        yield error(
            "function-timeout-shorter",
            f"route {route}",
            f"its timeout is {timeout} ms, but its function {function.origin.display_name} "
            f"ends after {function.timeout_seconds:g} s",
            "give the function at least the route's timeout, or the route at most the function's",
            route.origin,
        )


def _integration_default(route: Route, function: Function | None) -> Iterator[Finding]:
    """Yield a warning for a stream that may take longer than API Gateway waits by default."""
    integration = route.integration
    unknown = "TimeoutInMillis" in integration.unresolved
    if integration.transfer_mode is not TransferMode.STREAM or unknown:
        return
    runs = function.timeout_seconds if function is not None else None
    if runs is None or runs * 1000 > INTEGRATION_TIMEOUT_DEFAULT_MS:
        yield warning(
            "integration-timeout-default",
            f"route {route}",
            "its integration gives no timeout, and API Gateway's default of "
            f"{INTEGRATION_TIMEOUT_DEFAULT_MS // 1000} s holds for streams too, which are cut then",
            f"give it one (timeoutInMillis, TimeoutInMillis), up to {STREAM_TIMEOUT_MAX_MS} ms",
            route.origin,
        )


def _default_function_timeouts(api: ApiModel, already_reported: set[str]) -> Iterator[Finding]:
    """Yield a warning for each function with Lambda's timeout that nothing else was said of."""
    streaming = {
        route.integration.function
        for route in api.routes
        if route.integration.transfer_mode is TransferMode.STREAM
    }
    for function in api.functions.values():
        default = function.timeout_seconds == FUNCTION_TIMEOUT_DEFAULT_SECONDS
        if default and function.id in streaming - already_reported:
            yield warning(
                "function-timeout-default",
                f"function {function.origin.display_name}",
                f"it serves streamed routes and ends after {FUNCTION_TIMEOUT_DEFAULT_SECONDS} s, "
                "Lambda's default, and every stream with it",
                "give it the time that its longest stream takes",
                function.origin,
            )
