"""CORS: whether all of it is there, where some of it is.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.cors import Cors
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.rules.finding import Finding, error, warning

_ALLOW_ORIGIN_HEADER: str = "access-control-allow-origin"
_ERRORS = ("DEFAULT_4XX", "DEFAULT_5XX")


def cors_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield what pages of other origins will miss, where the API lets any of them in."""
    api = declaration.api
    if declaration.has_streaming_intent and declaration.has_http_api_cors_extension:
        yield warning(
            "cors-extension-ignored",
            "the API",
            "its document has x-amazon-apigateway-cors, which HTTP APIs read and REST APIs do not: "
            "it allows no origin",
            "answer OPTIONS on each path and let the function send the headers (in CDK, cors=)",
            api.origin,
        )
    preflights = [route for route in api.routes if route.method == "OPTIONS"]
    answered = [route for route in preflights if _has_allow_origin_header(route)]
    errors = {kind for kind, each in api.gateway_responses.items() if _has_origin(each)}
    if not declaration.has_streaming_intent or not (answered or errors):
        return
    for route in preflights:
        yield from _preflight(route)
    yield from _without_preflight(api)
    missing = [kind for kind in _ERRORS if kind not in errors]
    if missing:
        yield warning(
            "gateway-responses-without-cors",
            "the API",
            f"its {' and '.join(missing)} responses carry no Access-Control-Allow-Origin: a page "
            "cannot tell a throttled or refused request from a broken network",
            f"add gateway responses of type {' and '.join(missing)} with that header",
            api.origin,
        )


def _preflight(route: Route) -> Iterator[Finding]:
    if route.integration.type == "mock" and not _has_allow_origin_header(route):
        yield warning(
            "cors-incomplete",
            f"route {route}",
            "its preflight answers without Access-Control-Allow-Origin",
            "map that header in its integration response",
            route.origin,
        )
    if route.access.authorizer is not None or route.access.api_key_required:
        yield warning(
            "cors-incomplete",
            f"route {route}",
            "its preflight asks for authorization, and browsers send none with a preflight",
            "leave OPTIONS open (in SAM AddDefaultAuthorizerToCorsPreflight: false)",
            route.origin,
        )


def _without_preflight(api: ApiModel) -> Iterator[Finding]:
    served = {route.path for route in api.routes if route.method in {"OPTIONS", ANY}}
    lacking = {route.path: route for route in api.routes if route.path not in served}
    if lacking:
        some = ", ".join(list(lacking)[:5]) + (" and more" if len(lacking) > 5 else "")
        yield warning(
            "cors-incomplete",
            "the API",
            f"it answers other origins, but {some} without a preflight, so that a browser sends "
            "no request with JSON or an Authorization header there",
            "add OPTIONS to these paths",
            next(iter(lacking.values())).origin,
        )


def _has_allow_origin_header(route: Route) -> bool:
    return any(map(_has_origin, route.integration.responses.values()))


def _has_origin(response: TemplatedResponse) -> bool:
    return any(name.lower() == _ALLOW_ORIGIN_HEADER for name in response.headers)


# As browsers write it: lower case, and nothing that would end a literal of API Gateway's.
# https://www.rfc-editor.org/rfc/rfc9110#name-tokens; a quote would end API Gateway's literal.
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&*+.^_`|~-]+")


_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?|null")


def cors_options_findings(
    cors: Cors, where: str, *, is_unresolved: Callable[[str], bool] = lambda _: False
) -> Iterator[Finding]:
    """Yield what is wrong with `cors`; origins that `is_unresolved` are not looked into."""
    known = [origin for origin in cors.allow_origins if not is_unresolved(origin)]
    problems = [
        *_together(cors),
        *_origins(known),
        *_methods(cors.allow_methods),
        *_headers((*cors.allow_headers, *cors.expose_headers)),
    ]
    if cors.status_code // 100 != 2:
        problems.append(
            (
                f"the preflight answers {cors.status_code}, which browsers take for a refusal",
                "use a status from 200 to 299",
            )
        )
    for message, fix in problems:
        yield error("cors-invalid", where, message, fix)


def _together(cors: Cors) -> Iterator[tuple[str, str]]:
    if not cors.allow_origins:
        yield "cors allows no origin", "name at least one in allow_origins"
    if "*" in cors.allow_origins and len(cors.allow_origins) > 1:
        yield (
            f"cors allows '*' beside other origins ({', '.join(cors.allow_origins)})",
            "give '*' alone or the origins alone",
        )
    if "*" in cors.allow_origins and cors.allow_credentials:
        yield (
            "cors allows credentials to every origin ('*'), which browsers refuse",
            "name the origins, or leave allow_credentials out",
        )
    lists = {
        "allow_methods": cors.allow_methods,
        "allow_headers": cors.allow_headers,
        "expose_headers": cors.expose_headers,
    }
    for name, values in lists.items():
        if "*" in values and cors.allow_credentials:
            yield (
                f"'*' in {name} means nothing but itself once credentials are allowed",
                f"list what {name} is to allow, or leave allow_credentials out",
            )


def _origins(origins: Iterable[str]) -> Iterator[tuple[str, str]]:
    for origin in origins:
        if origin == "*":
            continue
        if "*" in origin:
            yield (
                f"{origin!r} has a wildcard in it, which browsers do not know",
                "list the origins one by one, or allow '*'",
            )
        elif not _ORIGIN.fullmatch(origin):
            yield (
                f"{origin!r} is not an origin, so no browser will ever match it",
                "write scheme://host or scheme://host:port in lower case, with nothing after it",
            )


def _methods(methods: Iterable[str]) -> Iterator[tuple[str, str]]:
    for method in methods:
        if method != "*" and method not in HTTP_METHODS:
            yield (
                f"{method!r} is not a method of API Gateway",
                f"choose from {', '.join(HTTP_METHODS)}",
            )


def _headers(headers: Iterable[str]) -> Iterator[tuple[str, str]]:
    for header in headers:
        if not _HEADER.fullmatch(header):
            yield f"{header!r} is not the name of a header", "write it as a request would have it"
