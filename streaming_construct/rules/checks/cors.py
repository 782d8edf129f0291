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
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

CORS_EXTENSION_IGNORED: Final = Rule(
    id="cors-extension-ignored",
    severity=Severity.WARNING,
    title="CORS extension for HTTP APIs",
    what="The document of a REST API has `x-amazon-apigateway-cors`.",
    why="That extension configures HTTP APIs. REST APIs ignore it, so the API allows no origin.",
    fix=(
        "Add `OPTIONS` to each path, and send the CORS headers from the function. In CDK, "
        "set `cors`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-cors-configuration.html",
    tags=frozenset({"cors", "lint"}),
)

GATEWAY_RESPONSES_WITHOUT_CORS: Final = Rule(
    id="gateway-responses-without-cors",
    severity=Severity.WARNING,
    title="Gateway responses without CORS headers",
    what=(
        "The API has preflight responses, but its gateway responses lack "
        "`Access-Control-Allow-Origin`."
    ),
    why="The browser hides such responses from the page: a 403 or 429 looks like a network error.",
    fix="Add the header to the gateway responses `DEFAULT_4XX` and `DEFAULT_5XX`.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html",
    tags=frozenset({"cors", "lint", "doctor"}),
)

CORS_INCOMPLETE: Final = Rule(
    id="cors-incomplete",
    severity=Severity.WARNING,
    title="Incomplete CORS configuration",
    what=(
        "A path has no preflight response although others do, or a preflight response allows "
        "no origin, requires authorization, or allows `*` together with credentials."
    ),
    why=(
        "The browser sends a preflight request without credentials before requests with JSON "
        "or an `Authorization` header. Without a valid response, it does not send the "
        "request."
    ),
    fix=(
        "Add an `OPTIONS` method without authorization to each path. In SAM, set "
        "`AddDefaultAuthorizerToCorsPreflight: false`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html",
    tags=frozenset({"cors", "lint", "doctor"}),
)

CORS_INVALID: Final = Rule(
    id="cors-invalid",
    severity=Severity.ERROR,
    title="Invalid CORS options",
    what=(
        "The CORS options contain no origin, `*` with other origins or credentials, or an "
        "invalid origin or method. Or they contain a status outside 200 to 299, or `max_age` with "
        "`disable_cache`. In a template, a response allows an origin that no browser sends, or "
        "no preflight response has a status from 200 to 299."
    ),
    why=(
        "Browsers compare origins exactly. They send no request after another preflight response, "
        "and hide other responses from the page."
    ),
    fix=(
        "List each origin as the browser sends it, such as `https://app.example` or "
        "`http://localhost:3000`, or allow `*` without credentials."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html",
    tags=frozenset({"cors", "synth", "lint", "doctor"}),
)

_ALLOW_ORIGIN_HEADER: Final = "access-control-allow-origin"
_WILDCARD_HEADERS: Final = (
    _ALLOW_ORIGIN_HEADER,
    "access-control-allow-methods",
    "access-control-allow-headers",
)
_LITERAL: Final = re.compile(r"'([^']*)'")
_ERRORS = ("DEFAULT_4XX", "DEFAULT_5XX")


def check_cors(declaration: Declaration) -> Iterator[Finding]:
    """Yield what pages of other origins will miss, where the API lets any of them in."""
    api = declaration.api
    yield from _check_headers(api)
    if declaration.has_streaming_intent and declaration.has_http_api_cors_extension:
        yield CORS_EXTENSION_IGNORED.at(
            Subject("API"),
            "the document has x-amazon-apigateway-cors, which only HTTP APIs support, so that "
            "the API allows no origin",
            location=api.origin,
        )
    preflights = [route for route in api.routes if route.method == "OPTIONS"]
    routes_with_origin = [route for route in preflights if _has_allow_origin_header(route)]
    responses = api.gateway_responses.items()
    errors = {kind for kind, response in responses if _has_origin(response)}
    unknown = {kind for kind, response in responses if "?" in response.unresolved_headers}
    if not declaration.has_streaming_intent or not (routes_with_origin or errors):
        return
    for route in preflights:
        yield from _check_preflight(route)
    yield from _check_missing_preflights(api)
    missing = [kind for kind in _ERRORS if kind not in errors | unknown]
    if missing:
        yield GATEWAY_RESPONSES_WITHOUT_CORS.at(
            Subject("API"),
            f"the {' and '.join(missing)} responses have no Access-Control-Allow-Origin, so that a "
            "page cannot distinguish a rejected request from a network error",
            fix=f"Add gateway responses of type {' and '.join(missing)} with that header.",
            location=api.origin,
        )


def _check_headers(api: ApiModel) -> Iterator[Finding]:
    """Yield what no browser accepts of the responses that a template declares."""
    for route in api.routes:
        if route.method != "OPTIONS" or route.integration.type != "mock":
            continue
        subject, responses = Subject("route", str(route)), route.integration.responses.values()
        for problem, fix in _find_origin_problems(_list_literal_origins(responses)):
            yield CORS_INVALID.at(subject, problem, fix=fix, location=route.origin)
        statuses = {response.status for response in responses if _has_origin(response)}
        if statuses and not any(status is None or _is_success(status) for status in statuses):
            problem, fix = _describe_status_problem(max(filter(None, statuses)))
            yield CORS_INVALID.at(subject, problem, fix=fix, location=route.origin)
    for kind, response in api.gateway_responses.items():
        for problem, fix in _find_origin_problems(_list_literal_origins([response])):
            subject = Subject("gateway response", kind)
            yield CORS_INVALID.at(subject, problem, fix=fix, location=api.origin)


def _list_literal_origins(responses: Iterable[TemplatedResponse]) -> list[str]:
    """Return the allowed origins that are literals, each once."""
    literals = (
        _read_literal(value)
        for response in responses
        for name, value in response.headers.items()
        if name.lower() == _ALLOW_ORIGIN_HEADER
    )
    return list(dict.fromkeys(literal for literal in literals if literal is not None))


def _read_literal(expression: str) -> str | None:
    """Return the text of a mapping expression that is a literal; None for another one."""
    match = _LITERAL.fullmatch(expression) if isinstance(expression, str) else None
    return match[1] if match else None


def _check_preflight(route: Route) -> Iterator[Finding]:
    integration = route.integration
    has_unknown_headers = "Responses" in integration.unresolved or any(
        "?" in response.unresolved_headers for response in integration.responses.values()
    )
    is_lacking = not has_unknown_headers and not _has_allow_origin_header(route)
    if integration.type == "mock" and is_lacking:
        yield CORS_INCOMPLETE.at(
            Subject("route", str(route)),
            "the preflight response has no Access-Control-Allow-Origin",
            fix="Map that header in its integration response.",
            location=route.origin,
        )
    for response in route.integration.responses.values():
        allowed = {name.lower(): _read_literal(value) for name, value in response.headers.items()}
        with_wildcard = [name for name in _WILDCARD_HEADERS if allowed.get(name) == "*"]
        if with_wildcard and allowed.get("access-control-allow-credentials") == "true":
            yield CORS_INCOMPLETE.at(
                Subject("route", str(route)),
                f"the preflight response allows credentials, with which '*' in "
                f"{' and '.join(with_wildcard)} matches nothing",
                fix="List the values, or remove Access-Control-Allow-Credentials.",
                location=route.origin,
            )
    authorizer = route.access.authorizer
    is_authorized = authorizer is not None and "AuthorizationType" not in authorizer.unresolved
    if is_authorized or route.access.api_key_required:
        yield CORS_INCOMPLETE.at(
            Subject("route", str(route)),
            "the preflight requires authorization, but browsers send preflight requests without "
            "credentials",
            fix=(
                "Remove the authorization of OPTIONS (in SAM, "
                "AddDefaultAuthorizerToCorsPreflight: false)."
            ),
            location=route.origin,
        )


def _check_missing_preflights(api: ApiModel) -> Iterator[Finding]:
    served = {route.path for route in api.routes if route.method in {"OPTIONS", ANY}}
    lacking = {route.path: route for route in api.routes if route.path not in served}
    if lacking:
        paths = ", ".join(list(lacking)[:5]) + (" and more" if len(lacking) > 5 else "")
        yield CORS_INCOMPLETE.at(
            Subject("API"),
            f"the API allows other origins, but {paths} has no preflight, so that a browser sends "
            "no request with JSON or an Authorization header there",
            fix="Add OPTIONS to these paths.",
            location=next(iter(lacking.values())).origin,
        )


def _has_allow_origin_header(route: Route) -> bool:
    return any(map(_has_origin, route.integration.responses.values()))


def _has_origin(response: TemplatedResponse) -> bool:
    names = map(str.lower, (*response.headers, *response.unresolved_headers))
    return _ALLOW_ORIGIN_HEADER in names


# As browsers write it: lower case, and nothing that would end a literal of API Gateway's.
# https://www.rfc-editor.org/rfc/rfc9110#name-tokens; a quote would end API Gateway's literal.
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&*+.^_`|~-]+")


_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?|null")


def check_cors_options(
    cors: Cors, subject: Subject, *, is_unresolved: Callable[[str], bool] = lambda _: False
) -> Iterator[Finding]:
    """Yield the errors of `cors`; origins that `is_unresolved` are not looked into."""
    origins = [origin for origin in cors.allow_origins if not is_unresolved(origin)]
    problems = [
        *_find_conflicts(cors),
        *_find_origin_problems(origins),
        *_find_method_problems(cors.allow_methods),
        *_find_header_problems((*cors.allow_headers, *cors.expose_headers)),
    ]
    if not _is_success(cors.status_code):
        problems.append(_describe_status_problem(cors.status_code))
    for message, fix in problems:
        yield CORS_INVALID.at(subject, message, fix=fix)


def _is_success(status: int) -> bool:
    return status // 100 == 2


def _describe_status_problem(status: int) -> tuple[str, str]:
    problem = f"the status of the preflight is {status}, which browsers treat as a rejection"
    return problem, "Use a status from 200 to 299."


def _find_conflicts(cors: Cors) -> Iterator[tuple[str, str]]:
    if not cors.allow_origins:
        yield "cors allows no origin", "Name at least one in allow_origins."
    if "*" in cors.allow_origins and len(cors.allow_origins) > 1:
        yield (
            f"cors allows '*' beside other origins ({', '.join(cors.allow_origins)})",
            "Pass '*' only, or origins only.",
        )
    if "*" in cors.allow_origins and cors.allow_credentials:
        yield (
            "cors allows credentials to every origin ('*'), which browsers reject",
            "Name the origins, or leave allow_credentials out.",
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
                f"List what {name} is to allow, or leave allow_credentials out.",
            )


def _find_origin_problems(origins: Iterable[str]) -> Iterator[tuple[str, str]]:
    for origin in origins:
        if origin == "*":
            continue
        if "*" in origin:
            yield (
                f"{origin!r} has a wildcard in it, which browsers do not know",
                "List the origins one by one, or allow '*'.",
            )
        elif not _ORIGIN.fullmatch(origin):
            yield (
                f"{origin!r} is not an origin, so no browser will ever match it",
                "Write scheme://host or scheme://host:port in lower case, with nothing after it.",
            )


def _find_method_problems(methods: Iterable[str]) -> Iterator[tuple[str, str]]:
    for method in methods:
        if method != "*" and method not in HTTP_METHODS:
            yield (
                f"{method!r} is not a method of API Gateway",
                f"Choose from {', '.join(HTTP_METHODS)}.",
            )


def _find_header_problems(headers: Iterable[str]) -> Iterator[tuple[str, str]]:
    for header in headers:
        if not _HEADER.fullmatch(header):
            yield f"{header!r} is not the name of a header", "Write it as a request would have it."
