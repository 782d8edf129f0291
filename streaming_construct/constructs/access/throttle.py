"""CDK's `ThrottleSettings` as plain data, and the stage's method settings that apply them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aws_cdk import Token
from aws_cdk.aws_apigateway import ThrottleSettings

from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS
from streaming_construct.model.api import Route
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.arguments import UNRESOLVED_TOKEN


def to_throttle_model(settings: ThrottleSettings | None) -> Throttle | None:
    """Return `settings` as plain data."""
    if settings is None:
        return None
    # A token is refused for being one; what it encodes is no rate to judge.
    rate, burst = (
        None if value is not None and value < 0 and Token.is_unresolved(value) else value
        for value in (settings.rate_limit, settings.burst_limit)
    )
    # jsii hands every number over as it was given; the rules see to it that a burst is whole.
    return Throttle(rate=rate, burst=burst)  # type: ignore[arg-type]


def throttle_token_findings(
    settings: ThrottleSettings | None, subject: Subject
) -> Iterator[Finding]:
    """Yield a finding for each number of `settings` that is hidden by a token."""
    if settings is None:
        return
    for name, value in (("rate_limit", settings.rate_limit), ("burst_limit", settings.burst_limit)):
        # Numbers that stand for tokens are negative; asking CDK costs a round trip to Node.js.
        if value is not None and value < 0 and Token.is_unresolved(value):
            yield UNRESOLVED_TOKEN.at(
                subject, f"{name} is a token", fix="Give a number that is known at synth."
            )


def method_settings(
    stage_wide: Mapping[str, Any],
    default: Throttle | None,
    routes: Iterable[Route],
    *,
    preflight: bool,
) -> list[dict[str, Any]]:
    """Return the stage's `MethodSettings`: one for all methods, then one a throttled method.

    `stage_wide` (logging, metrics) is repeated on each, since an entry for one method replaces the
    entry for all. A resource path is written with `~1` for its slashes. API Gateway looks settings
    up by the request's own method, so that a route of any method gets an entry for each; `OPTIONS`
    stays out where a `preflight` answers it.
    """
    settings = [
        {"resourcePath": "/*", "httpMethod": "*", **stage_wide, **_throttling(default)},
    ]
    explicit = {(route.method, route.path) for route in routes}
    for route in routes:
        if route.throttle is not None:
            settings += [
                {
                    "resourcePath": _resource_path(route.path),
                    "httpMethod": method,
                    **stage_wide,
                    **_throttling(route.throttle),
                }
                for method in _methods(route, explicit, preflight=preflight)
            ]
    return settings


def _methods(route: Route, explicit: set[tuple[str, str]], *, preflight: bool) -> list[str]:
    if route.method != ANY:
        return [route.method]
    return [
        method
        for method in HTTP_METHODS
        if (method, route.path) not in explicit and not (preflight and method == "OPTIONS")
    ]


def _resource_path(path: str) -> str:
    return path if path == "/" else "/" + path.replace("/", "~1")


def _throttling(throttle: Throttle | None) -> dict[str, Any]:
    if throttle is None:
        return {}
    limits = {"throttlingRateLimit": throttle.rate, "throttlingBurstLimit": throttle.burst}
    return {name: limit for name, limit in limits.items() if limit is not None}
