"""Throttling: the rates and bursts of a stage and of its routes.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.aws.limits import ACCOUNT_RATE_PER_SECOND
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.rules.finding import Finding, error, warning


def throttling_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield what makes no sense in the throttles of `api`."""
    api = declaration.api
    throttles = [("the stage", api.stage.throttle)]
    throttles += [(f"route {route}", route.throttle) for route in api.routes]
    for where, throttle in throttles:
        if throttle is not None:
            for message, fix in throttle_errors(throttle):
                # What a route is allowed is written at the stage, too: in its method settings.
                yield error("throttle-invalid", where, message, fix, api.stage.origin)
    yield from _absent(declaration)
    for setting in api.stage.unmatched_settings:
        yield warning(
            "method-setting-unmatched",
            f"stage {api.stage.name}",
            f"it has settings for {setting}, and the API has no such route",
            "write the path as the API has it, each slash in it as ~1 (/~1jobs~1{id})",
            api.stage.origin,
        )


def _absent(declaration: Declaration) -> Iterator[Finding]:
    api = declaration.api
    if (
        not declaration.has_streaming_intent
        or not api.stage.complete
        or api.stage.throttle is not None
    ):
        return
    open_routes = [str(route) for route in api.routes if route.throttle is None]
    if open_routes:
        yield warning(
            "throttling-absent",
            f"stage {api.stage.name}",
            "it limits no rates, so that one caller can use up the account's "
            f"{ACCOUNT_RATE_PER_SECOND} requests a second, and as many functions that stream for "
            "minutes",
            "set ThrottlingRateLimit and ThrottlingBurstLimit in its method settings (/*, *)",
            api.stage.origin,
        )


def throttle_errors(throttle: Throttle) -> Iterator[tuple[str, str]]:
    """Yield what makes no sense in a throttle, each with what to do."""
    rate, burst = throttle.rate, throttle.burst
    if rate is None and burst is None:
        yield "a throttle without rate and burst limits nothing", "give it both"
    if rate is not None and not 0 <= rate < float("inf"):
        yield (
            f"a rate of {rate:g} requests a second makes no sense",
            "use 0 (nothing passes) or more",
        )
    if burst is not None and (burst < 0 or burst % 1 != 0):
        yield f"a burst of {burst:g} requests makes no sense", "use a whole number, 0 or more"
    if burst == 0 and rate:
        yield (
            f"a burst of 0 lets nothing pass, whatever the rate ({rate:g})",
            "use a burst of 1 or more",
        )
