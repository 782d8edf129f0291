"""Throttling: the rates and bursts of a stage and of its routes.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.aws.limits import ACCOUNT_RATE_PER_SECOND
from streaming_construct.model.api import ApiModel, UnmatchedSetting
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.rules.rule import Finding, Rule, Severity

THROTTLE_INVALID: Final = Rule(
    id="throttle-invalid",
    severity=Severity.ERROR,
    title="Invalid throttle settings",
    what=(
        "A rate or burst limit is missing, negative, not a number, or blocks all requests by "
        "accident."
    ),
    why=(
        "The burst limit is the size of the token bucket that the rate refills. With a burst "
        "of 0, API Gateway returns 429 for every request."
    ),
    fix="Set a rate and a whole-number burst. Set both to 0 to close a route on purpose.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
    tags=frozenset({"throttling", "synth", "lint", "doctor"}),
)

METHOD_SETTING_UNMATCHED: Final = Rule(
    id="method-setting-unmatched",
    severity=Severity.WARNING,
    title="Method settings for an unknown route",
    what=(
        "The stage has method settings for a path or method that the API does not have. Or it has "
        "settings for a path without escaped slashes (`/jobs/{id}` in place of `/~1jobs~1{id}`)."
    ),
    why="The throttling, caching, and logging settings apply to no route.",
    fix=(
        "Write the path as in the API, with each slash as `~1` (`/~1jobs~1{id}`). For all routes, "
        "write the path `/*` and the method `*`."
    ),
    source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-methodsetting.html",
    tags=frozenset({"throttling", "lint", "doctor"}),
)

THROTTLING_NOT_CONFIGURED: Final = Rule(
    id="throttling-not-configured",
    severity=Severity.WARNING,
    title="Throttling not configured",
    what="A stage with streamed routes has no throttling limits.",
    why=(
        "Each stream occupies a function for its duration. A single client can exhaust the "
        "concurrency of the account, including that of other APIs."
    ),
    fix=(
        "Set `ThrottlingRateLimit` and `ThrottlingBurstLimit` in the stage's method settings "
        "(`/*`, `*`)."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
    tags=frozenset({"throttling", "lint", "doctor"}),
)


RESERVED_CONCURRENCY_ZERO: Final = Rule(
    id="reserved-concurrency-zero",
    severity=Severity.ERROR,
    title="Reserved concurrency is zero",
    what="The reserved concurrency of a function is 0.",
    why="Lambda throttles every invocation of the function.",
    fix="Remove the reserved concurrency, or raise it to the number of concurrent streams.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
    tags=frozenset({"throttling", "lint", "doctor"}),
)


def check_throttling(declaration: Declaration) -> Iterator[Finding]:
    """Yield a finding for each invalid, missing or ineffective throttle setting."""
    api = declaration.api
    throttles = [(Subject("stage"), api.stage.throttle)]
    throttles += [(Subject("route", str(route)), route.throttle) for route in api.routes]
    for subject, throttle in throttles:
        if throttle is not None:
            for message, fix in find_throttle_problems(throttle):
                # The throttle of a route is also in the method settings of the stage.
                yield THROTTLE_INVALID.at(subject, message, fix=fix, location=api.stage.origin)
    yield from _check_absent_limits(declaration)
    for function in api.functions.values():
        if function.reserved_concurrency == 0:
            yield RESERVED_CONCURRENCY_ZERO.at(
                Subject("function", function.origin.display_name),
                "the function has a reserved concurrency of 0, so that Lambda rejects every "
                "invocation",
                location=function.origin,
            )
    for setting in api.stage.unmatched_settings:
        problem, setting_fix = _describe_unmatched_setting(setting, api)
        yield METHOD_SETTING_UNMATCHED.at(
            Subject("stage", api.stage.name), problem, fix=setting_fix, location=setting.origin
        )


def _describe_unmatched_setting(setting: UnmatchedSetting, api: ApiModel) -> tuple[str, str | None]:
    """Return why a setting applies to no route, and what to do if the API has such a path."""
    name = f"the method setting for {setting.method} {setting.path}"
    path = setting.path if setting.is_escaped else f"/{setting.path.strip('/')}"
    methods = [route.method for route in api.routes if route.path == path]
    if not setting.is_escaped:
        escaped = "/" + path.replace("/", "~1")
        problem = f"{name} applies to no route, since the slashes of the path are not escaped"
        return problem, f"Write the path as `{escaped}`." if methods else None
    if methods:
        problem = f"{name} applies to no route: the API has only {', '.join(methods)} {path}"
        return problem, "Write one of these methods, or `*`."
    return f"{name} applies to no route: the API has no path {path}", None


def _check_absent_limits(declaration: Declaration) -> Iterator[Finding]:
    api = declaration.api
    if (
        not declaration.has_streaming_intent
        or not api.stage.is_complete
        or api.stage.throttle is not None
        or api.stage.unresolved
    ):
        return
    open_routes = [str(route) for route in api.routes if route.throttle is None]
    if open_routes:
        yield THROTTLING_NOT_CONFIGURED.at(
            Subject("stage", api.stage.name),
            "no throttling limits are set: a single client can exhaust the account limit of "
            f"{ACCOUNT_RATE_PER_SECOND} requests a second",
            location=api.stage.origin,
        )


def find_throttle_problems(throttle: Throttle) -> Iterator[tuple[str, str]]:
    """Yield each problem of a throttle with its fix."""
    rate, burst = throttle.rate, throttle.burst
    if rate is None and burst is None:
        yield "a throttle without rate and burst has no effect", "Set both."
    if rate is not None and not 0 <= rate < float("inf"):
        yield (
            f"a rate of {rate:g} requests a second is not valid",
            "Use 0, which rejects every request, or more.",
        )
    if burst is not None and (burst < 0 or burst % 1 != 0):
        yield f"a burst of {burst:g} requests is not valid", "Use a whole number, 0 or more."
    if burst == 0 and rate:
        yield (
            f"a burst of 0 rejects every request at any rate ({rate:g})",
            "Use a burst of 1 or more.",
        )
