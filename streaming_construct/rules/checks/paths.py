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
    list_path_variables,
    list_resource_paths,
)
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

PATH_INVALID: Final = Rule(
    id="path-invalid",
    severity=Severity.ERROR,
    title="Invalid path",
    what=(
        "API Gateway cannot create resources for the path. The path has an empty segment, an "
        "unsupported character, a partial variable, a segment after a greedy variable, or a "
        "token. In CDK, it lacks the leading slash or ends in a slash."
    ),
    why="The import fails during deployment.",
    fix=(
        "Write whole segments and whole variables. The function behind `{name+}` receives "
        "the rest of the path."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    tags=frozenset({"route", "synth", "lint"}),
)

PATH_CHANGED: Final = Rule(
    id="path-changed",
    severity=Severity.WARNING,
    title="Path that API Gateway changes",
    what="A path ends in a slash, or does not start with one.",
    why=(
        "A resource is a path segment, so API Gateway removes the trailing slash and adds the "
        "leading one. Clients and permissions have to use the changed path."
    ),
    fix="Write the path as API Gateway serves it.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    tags=frozenset({"route", "lint"}),
)

METHOD_INVALID: Final = Rule(
    id="method-invalid",
    severity=Severity.ERROR,
    title="Invalid HTTP method",
    what="API Gateway does not support the HTTP method, or `methods` is not a non-empty list.",
    why="A resource supports DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, and ANY.",
    fix="Use one of the supported methods. Omit `methods` for ANY.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html",
    tags=frozenset({"route", "synth", "lint"}),
)

RESERVED_PATH: Final = Rule(
    id="reserved-path",
    severity=Severity.WARNING,
    title="Reserved path",
    what="A route uses the path `/ping` or `/sping`.",
    why=(
        "API Gateway reserves these paths for its health check if the API has a custom domain name."
    ),
    fix="Choose another path. Suppress the finding if the API never gets a custom domain name.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    tags=frozenset({"route", "synth", "lint", "doctor"}),
)

DUPLICATE_ROUTE: Final = Rule(
    id="duplicate-route",
    severity=Severity.ERROR,
    title="Duplicate route",
    what="The API declares the same method and path more than once.",
    why=(
        "API Gateway has one integration per method of a resource. The last declaration "
        "silently replaces the others."
    ),
    fix="Add each route once.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html",
    tags=frozenset({"route", "synth", "lint"}),
)

PATH_VARIABLE_CONFLICT: Final = Rule(
    id="path-variable-conflict",
    severity=Severity.ERROR,
    title="Conflicting path variables",
    what=(
        "A resource has two path variables with different names. Greedy variables count, "
        "including the `{proxy+}` that serves the API's default handler."
    ),
    why=(
        'API Gateway rejects the import: "A sibling of this resource already has a variable '
        'path part".'
    ),
    fix=(
        "Use the same variable name in all paths below the resource. In CDK, `proxy=False` "
        "removes the default `{proxy+}` route."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html",
    tags=frozenset({"route", "synth", "lint"}),
)

RESOURCE_QUOTA_EXCEEDED: Final = Rule(
    id="resource-quota-exceeded",
    severity=Severity.WARNING,
    title="Too many resources",
    what=(
        "The paths create more than 300 resources. Each segment is a resource, including "
        "parents and the root."
    ),
    why=(
        "An API is limited to 300 resources unless AWS raised the quota of the account. "
        "Otherwise the deployment fails."
    ),
    fix=(
        "Request a higher quota before you deploy, or serve several paths with one "
        "`{proxy+}` route."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
    tags=frozenset({"route", "synth", "lint"}),
)

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
RESERVED_PATHS: Final = frozenset({"/ping", "/sping"})
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_.,:$-]+")


def check_changed_paths(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for each path that API Gateway changes."""
    for route in declaration.api.routes:
        written = declaration.changed_paths.get(route.origin)
        if written is not None:
            yield PATH_CHANGED.at(
                Subject("route", str(route)),
                f"the path is written {written!r}, and API Gateway serves {route.path!r}",
                fix=f"Write {route.path!r}.",
                location=route.origin,
            )


def check_paths(api: ApiModel) -> Iterator[Finding]:
    """Yield the errors of the paths and methods of `api`."""
    for route in api.routes:
        subject = Subject("route", str(route))
        yield from _check_method(route, subject)
        for message, fix in _find_path_problems(route.path):
            yield PATH_INVALID.at(subject, message, fix=fix, location=route.origin)
        if route.path in RESERVED_PATHS:
            yield RESERVED_PATH.at(
                subject,
                "API Gateway keeps the path for its own health check where the API has a custom "
                "domain",
                location=route.origin,
            )
    yield from _check_duplicate_routes(api)
    yield from _check_path_variables({route.path: route.origin for route in api.routes})
    count = len(list_resource_paths(route.path for route in api.routes))
    yield from check_resource_count(count, api.origin)


def _check_method(route: Route, subject: Subject) -> Iterator[Finding]:
    is_unknown = "HttpMethod" in route.integration.unknown
    if not is_unknown and route.method != ANY and route.method not in HTTP_METHODS:
        yield METHOD_INVALID.at(
            subject,
            f"{route.method!r} is not an HTTP method of API Gateway",
            fix=f"Choose from {', '.join((*HTTP_METHODS, ANY))}.",
            location=route.origin,
        )


def _find_path_problems(path: str) -> Iterator[tuple[str, str]]:
    """Yield each problem of `path` and its fix."""
    if not path.startswith("/"):
        yield (
            f"the path {path!r} does not start with a slash",
            f"Write {'/' + path.strip().lstrip('/')!r}.",
        )
        return
    if path == "/":
        return
    if path.endswith("/"):
        yield (
            "the path ends in a slash, which API Gateway removes",
            f"Write {path.rstrip('/') or '/'!r}.",
        )
    segments = path.rstrip("/").split("/")[1:]
    for position, segment in enumerate(segments):
        yield from _find_segment_problems(segment, is_last=position == len(segments) - 1)
    variables = Counter(
        segment.strip("{+}") for segment in segments if PATH_VARIABLE.fullmatch(segment)
    )
    for name, times in variables.items():
        if times > 1:
            yield f"the path has the variable {{{name}}} {times} times", "Rename all but one."


def _find_segment_problems(segment: str, *, is_last: bool) -> Iterator[tuple[str, str]]:
    if not segment:
        yield "the path has an empty segment ('//')", "Remove the second slash."
    elif "{" in segment or "}" in segment:
        if not PATH_VARIABLE.fullmatch(segment):
            yield (
                f"{segment!r} is not a path variable, since a variable is a whole segment",
                "Write it as {name} or, last of all, {name+}.",
            )
        elif segment.endswith("+}") and not is_last:
            yield (
                f"something follows the greedy variable {segment}",
                "Let it be the last segment; its function sees the rest of the path.",
            )
    elif not _SEGMENT.fullmatch(segment):
        yield (
            f"{segment!r} has a character that API Gateway rejects",
            "Use letters, digits and _ . , : $ - only.",
        )


def _check_duplicate_routes(api: ApiModel) -> Iterator[Finding]:
    last = {(route.method, route.path): route for route in api.routes}
    for key, times in Counter((r.method, r.path) for r in api.routes).items():
        if times > 1:
            yield DUPLICATE_ROUTE.at(
                Subject("route", str(last[key])),
                f"the route is defined {times} times",
                location=last[key].origin,
            )


def _check_path_variables(paths: Mapping[str, SourceLocation]) -> Iterator[Finding]:
    """Yield a finding for each resource with two variables of different names below it."""
    below: dict[str, dict[str, str]] = {}
    for path in sorted(paths):
        for parent, variable in list_path_variables(path):
            below.setdefault(parent, {}).setdefault(variable, path)
    for parent, names_by_path in below.items():
        if len(names_by_path) > 1:
            yield PATH_VARIABLE_CONFLICT.at(
                Subject("resource", parent),
                "the resource has more than one path variable: "
                + ", ".join(f"{variable} (of {path})" for variable, path in names_by_path.items()),
                location=paths[list(names_by_path.values())[-1]],
            )


def check_resource_count(
    count: int, origin: SourceLocation = UNKNOWN_LOCATION
) -> Iterator[Finding]:
    """Yield a warning where `count` resources are more than an API may have by default."""
    if count > RESOURCES_PER_API:
        yield RESOURCE_QUOTA_EXCEEDED.at(
            Subject("API"),
            f"the paths make {count} resources, parents counted, and an API may have "
            f"{RESOURCES_PER_API} unless the account's quota was raised",
            location=origin,
        )
