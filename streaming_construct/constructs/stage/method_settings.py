"""The method settings of a stage: logging, metrics and throttling, for all methods and for one.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-stage-methodsetting.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS
from streaming_construct.model.api import Route
from streaming_construct.model.usage_plans import Throttle


def build_method_settings(
    stage_wide: Mapping[str, Any],
    default: Throttle | None,
    routes: Iterable[Route],
    *,
    preflight: bool,
) -> list[dict[str, Any]]:
    """Return the `MethodSettings`: one entry for all methods, then one per throttled method.

    An entry for one method replaces the entry for all methods, so `stage_wide` (logging, metrics)
    is repeated in each. A resource path is written with `~1` for its slashes. API Gateway looks up
    settings by the method of the request, so a route of any method gets an entry for each method.
    `OPTIONS` has none where a `preflight` serves it.
    """
    settings = [
        {"resourcePath": "/*", "httpMethod": "*", **stage_wide, **_build_throttling(default)},
    ]
    explicit = {(route.method, route.path) for route in routes}
    for route in routes:
        if route.throttle is not None:
            settings += [
                {
                    "resourcePath": _escape_resource_path(route.path),
                    "httpMethod": method,
                    **stage_wide,
                    **_build_throttling(route.throttle),
                }
                for method in _list_methods(route, explicit, preflight=preflight)
            ]
    return settings


def _list_methods(route: Route, explicit: set[tuple[str, str]], *, preflight: bool) -> list[str]:
    if route.method != ANY:
        return [route.method]
    return [
        method
        for method in HTTP_METHODS
        if (method, route.path) not in explicit and not (preflight and method == "OPTIONS")
    ]


def _escape_resource_path(path: str) -> str:
    return path if path == "/" else "/" + path.replace("/", "~1")


def _build_throttling(throttle: Throttle | None) -> dict[str, Any]:
    if throttle is None:
        return {}
    limits = {"throttlingRateLimit": throttle.rate, "throttlingBurstLimit": throttle.burst}
    return {name: limit for name, limit in limits.items() if limit is not None}
