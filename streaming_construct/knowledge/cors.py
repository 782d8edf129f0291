"""Cross-origin resource sharing: one set of options, and everything that must agree with it.

A browser shows a stream to a page of another origin only when the preflight, the function's own
answer *and* API Gateway's error answers carry the headers.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from streaming_construct.knowledge.finding import Finding, error
from streaming_construct.knowledge.http_methods import HTTP_METHODS
from streaming_construct.knowledge.model import ApiModel, Integration, MappedResponse, Route

# As browsers write it: lower case, and nothing that would end a literal of API Gateway's.
# https://www.rfc-editor.org/rfc/rfc9110#name-tokens; a quote would end API Gateway's literal.
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&*+.^_`|~-]+")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?|null")


@dataclass(frozen=True, kw_only=True)
class Cors:
    """What pages of other origins may do.

    `max_age_seconds` is how long a browser may keep a preflight's answer: -1 not at all, None as
    the browser likes (5 seconds in most).
    """

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    expose_headers: tuple[str, ...] = ()
    credentials: bool = False
    max_age_seconds: int | None = None
    status: int = 204

    @property
    def any_origin(self) -> bool:
        """Whether every origin is allowed."""
        return self.origins == ("*",)


def cors_findings(
    cors: Cors, where: str, *, is_unresolved: Callable[[str], bool] = lambda _: False
) -> Iterator[Finding]:
    """Yield what is wrong with `cors`; origins that `is_unresolved` are not looked into."""
    known = [origin for origin in cors.origins if not is_unresolved(origin)]
    problems = [
        *_together(cors),
        *_origins(known),
        *_methods(cors.methods),
        *_headers((*cors.headers, *cors.expose_headers)),
    ]
    if cors.status // 100 != 2:
        problems.append(
            (
                f"the preflight answers {cors.status}, which browsers take for a refusal",
                "use a status from 200 to 299",
            )
        )
    for message, fix in problems:
        yield error("cors-invalid", where, message, fix)


def _together(cors: Cors) -> Iterator[tuple[str, str]]:
    if not cors.origins:
        yield "cors allows no origin", "name at least one in allow_origins"
    if "*" in cors.origins and len(cors.origins) > 1:
        yield (
            f"cors allows '*' beside other origins ({', '.join(cors.origins)})",
            "give '*' alone or the origins alone",
        )
    if "*" in cors.origins and cors.credentials:
        yield (
            "cors allows credentials to every origin ('*'), which browsers refuse",
            "name the origins, or leave allow_credentials out",
        )
    lists = {
        "allow_methods": cors.methods,
        "allow_headers": cors.headers,
        "expose_headers": cors.expose_headers,
    }
    for name, values in lists.items():
        if "*" in values and cors.credentials:
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


def preflight(cors: Cors) -> Integration:
    """Return the mock integration that answers a preflight (`OPTIONS`) with `cors`."""
    headers = {
        "Access-Control-Allow-Headers": _literal(",".join(cors.headers)),
        "Access-Control-Allow-Methods": _literal(",".join(cors.methods)),
        **_origin_headers(cors),
    }
    if cors.max_age_seconds is not None:
        headers["Access-Control-Max-Age"] = _literal(str(cors.max_age_seconds))
    templates = {}
    if len(cors.origins) > 1:
        templates["application/json"] = _echo_listed_origin(cors.origins)
    return Integration(
        type="mock",
        request_templates={"application/json": f'{{"statusCode": {cors.status}}}'},
        responses={
            "default": MappedResponse(status=cors.status, headers=headers, templates=templates)
        },
    )


def with_preflight(api: ApiModel, cors: Cors) -> ApiModel:
    """Return `api` with a preflight on every path that has no `OPTIONS` route of its own."""
    own = {route.path for route in api.routes if route.method == "OPTIONS"}
    integration = preflight(cors)
    preflights = tuple(
        Route(method="OPTIONS", path=path, integration=integration, origin=api.origin)
        for path in dict.fromkeys(route.path for route in api.routes)
        if path not in own
    )
    return replace(api, routes=(*api.routes, *preflights))


def gateway_responses(cors: Cors) -> Mapping[str, MappedResponse]:
    """Return the gateway responses that let a page of another origin read API Gateway's errors.

    A gateway response maps a header from a literal or from the request, nothing in between. With
    several origins the header therefore is `*`, or with credentials, where browsers refuse `*`,
    the request's own origin. What is opened is API Gateway's error text, never a function's answer.
    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.gatewayResponse.html
    """
    headers = _origin_headers(cors)
    if len(cors.origins) > 1:
        headers["Access-Control-Allow-Origin"] = (
            "method.request.header.Origin" if cors.credentials else "'*'"
        )
    if cors.expose_headers:
        headers["Access-Control-Expose-Headers"] = _literal(",".join(cors.expose_headers))
    return {kind: MappedResponse(headers=headers) for kind in ("DEFAULT_4XX", "DEFAULT_5XX")}


def cors_environment(cors: Cors) -> Mapping[str, str]:
    """Return the environment that tells a function what `cors` allows, as comma-separated lists."""
    environment = {
        "CORS_ALLOW_ORIGINS": ",".join(cors.origins),
        "CORS_ALLOW_METHODS": ",".join(cors.methods),
        "CORS_ALLOW_HEADERS": ",".join(cors.headers),
    }
    if cors.expose_headers:
        environment["CORS_EXPOSE_HEADERS"] = ",".join(cors.expose_headers)
    if cors.credentials:
        environment["CORS_ALLOW_CREDENTIALS"] = "true"
    if cors.max_age_seconds is not None:
        environment["CORS_MAX_AGE"] = str(cors.max_age_seconds)
    return environment


def _origin_headers(cors: Cors) -> dict[str, str]:
    """Return the headers that name the allowed origin: of several the first, to be overridden."""
    headers = {"Access-Control-Allow-Origin": _literal(cors.origins[0])}
    if not cors.any_origin:
        headers["Vary"] = _literal("Origin")
    if cors.credentials:
        headers["Access-Control-Allow-Credentials"] = _literal("true")
    return headers


def _echo_listed_origin(origins: tuple[str, ...]) -> str:
    """Return the response template that puts the request's origin in place when it is listed."""
    is_listed = " || ".join(f'$origin == "{origin}"' for origin in origins)
    return (
        '#set($origin = $input.params().header.get("Origin"))\n'
        '#if(!$origin || $origin == "")'
        '#set($origin = $input.params().header.get("origin"))#end\n'
        f"#if({is_listed})\n"
        "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)\n"
        "#end"
    )


def _literal(value: str) -> str:
    """Return `value` as API Gateway's mapping expressions want a literal: in single quotes."""
    return f"'{value}'"
