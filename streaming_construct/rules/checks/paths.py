"""Paths and methods: what API Gateway takes as the resources of a REST API.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from streaming_construct.aws.limits import RESOURCES_PER_API
from streaming_construct.aws.rest_paths import (
    ANY,
    HTTP_METHODS,
    PATH_VARIABLE,
    path_variables,
    resources,
)
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.rules.finding import Finding, error, warning

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
RESERVED_PATHS: Final = frozenset({"/ping", "/sping"})
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_.,:-]+")


def path_findings(api: ApiModel) -> Iterator[Finding]:
    """Yield what is wrong with the paths and methods of `api`."""
    for route in api.routes:
        where = f"route {route}"
        yield from _method_findings(route, where)
        for message, fix in _path_problems(route.path):
            yield error("path-invalid", where, message, fix, route.origin)
        if route.path in RESERVED_PATHS:
            yield warning(
                "reserved-path",
                where,
                "API Gateway keeps the path for its own health check where the API has a custom "
                "domain",
                "choose another one",
                route.origin,
            )
    yield from _duplicate_routes(api)
    yield from _path_variable_conflicts({route.path: route.origin for route in api.routes})
    count = len(resources(route.path for route in api.routes))
    yield from resource_count_findings(count, api.origin)


def _method_findings(route: Route, where: str) -> Iterator[Finding]:
    if route.method != ANY and route.method not in HTTP_METHODS:
        yield error(
            "method-invalid",
            where,
            f"{route.method!r} is not a method of API Gateway",
            f"choose from {', '.join((*HTTP_METHODS, ANY))}",
            route.origin,
        )


def _path_problems(path: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with `path` and how to mend it."""
    if not path.startswith("/"):
        yield f"the path {path!r} does not start with a slash", f"write {'/' + path!r}"
        return
    if path == "/":
        return
    if path.endswith("/"):
        yield (
            "the path ends in a slash, which API Gateway loses",
            f"write {path.rstrip('/') or '/'!r}",
        )
    segments = path.rstrip("/").split("/")[1:]
    for position, segment in enumerate(segments):
        yield from _segment_problems(segment, last=position == len(segments) - 1)
    variables = Counter(
        segment.strip("{+}") for segment in segments if PATH_VARIABLE.fullmatch(segment)
    )
    for name, times in variables.items():
        if times > 1:
            yield f"the variable {{{name}}} is there {times} times", "give each a name of its own"


def _segment_problems(segment: str, *, last: bool) -> Iterator[tuple[str, str]]:
    if not segment:
        yield "the path has an empty segment ('//')", "leave the second slash out"
    elif "{" in segment or "}" in segment:
        if not PATH_VARIABLE.fullmatch(segment):
            yield (
                f"{segment!r} is no path variable: a variable is a whole segment",
                "write it as {name} or, last of all, {name+}",
            )
        elif segment.endswith("+}") and not last:
            yield (
                f"something follows the greedy variable {segment}",
                "let it be the last segment; its function sees the rest of the path",
            )
    elif not _SEGMENT.fullmatch(segment):
        yield (
            f"{segment!r} holds a character that API Gateway refuses",
            "use letters, digits and _ . , : - only",
        )


def _duplicate_routes(api: ApiModel) -> Iterator[Finding]:
    last = {(route.method, route.path): route for route in api.routes}
    for key, times in Counter((r.method, r.path) for r in api.routes).items():
        if times > 1:
            yield error(
                "route-repeated",
                f"route {last[key]}",
                f"the route is there {times} times",
                "add it once",
                last[key].origin,
            )


def _path_variable_conflicts(paths: Mapping[str, SourceLocation]) -> Iterator[Finding]:
    """Yield a finding for each resource with two variables of different names below it."""
    below: dict[str, dict[str, str]] = {}
    for path in sorted(paths):
        for parent, variable in path_variables(path):
            below.setdefault(parent, {}).setdefault(variable, path)
    for parent, named in below.items():
        if len(named) > 1:
            yield error(
                "sibling-variables",
                f"resource {parent}",
                "it has more than one path variable: "
                + ", ".join(f"{variable} (of {path})" for variable, path in named.items()),
                "give the variable one name in all of them (a greedy {proxy+} counts as well; "
                "proxy=False leaves out the one that the API's own handler is served on)",
                paths[list(named.values())[-1]],
            )


def resource_count_findings(
    count: int, origin: SourceLocation = UNKNOWN_LOCATION
) -> Iterator[Finding]:
    """Yield a warning where `count` resources are more than an API may have by default."""
    if count > RESOURCES_PER_API:
        yield warning(
            "many-resources",
            "the API",
            f"its paths make {count} resources, parents counted, and an API may have "
            f"{RESOURCES_PER_API} unless the account's quota was raised",
            "raise the quota before deploying, or let a {proxy+} serve several paths",
            origin,
        )
