"""Cross-origin resource sharing: its options, and the responses and variables derived from them.

A cross-origin page can read a stream only if the preflight response, the function's response and
API Gateway's error responses have the CORS headers.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.integrations import Integration, TemplatedResponse


@dataclass(frozen=True, kw_only=True)
class Cors:
    """The cross-origin requests that an API allows.

    `max_age_seconds` is how long a browser may cache a preflight response. -1 disables caching.
    With None the browser decides (5 seconds in most).
    """

    allow_origins: tuple[str, ...]
    allow_methods: tuple[str, ...]
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age_seconds: int | None = None
    status_code: int = 204

    @property
    def is_any_origin_allowed(self) -> bool:
        """Whether every origin is allowed."""
        return self.allow_origins == ("*",)


def create_preflight(cors: Cors) -> Integration:
    """Return the mock integration that responds to a preflight (`OPTIONS`) according to `cors`."""
    headers = {
        "Access-Control-Allow-Headers": _quote_literal(",".join(cors.allow_headers)),
        "Access-Control-Allow-Methods": _quote_literal(",".join(cors.allow_methods)),
        **_build_origin_headers(cors),
    }
    if cors.max_age_seconds is not None:
        headers["Access-Control-Max-Age"] = _quote_literal(str(cors.max_age_seconds))
    templates = {}
    if len(cors.allow_origins) > 1:
        templates["application/json"] = _echo_listed_origin(cors.allow_origins)
    return Integration(
        type="mock",
        request_templates={"application/json": f'{{"statusCode": {cors.status_code}}}'},
        responses={
            "default": TemplatedResponse(
                status=cors.status_code, headers=headers, templates=templates
            )
        },
    )


def add_preflights(api: ApiModel, cors: Cors) -> ApiModel:
    """Return `api` with a preflight on every path without an `OPTIONS` route."""
    paths_with_options = {route.path for route in api.routes if route.method == "OPTIONS"}
    integration = create_preflight(cors)
    preflights = tuple(
        Route(method="OPTIONS", path=path, integration=integration, origin=api.origin)
        for path in dict.fromkeys(route.path for route in api.routes)
        if path not in paths_with_options
    )
    return replace(api, routes=(*api.routes, *preflights))


def create_gateway_responses(cors: Cors) -> Mapping[str, TemplatedResponse]:
    """Return the gateway responses that let a page of another origin read API Gateway's errors.

    A gateway response maps a header from a literal or from the request. With several origins the
    header is therefore `*`. With credentials it is the origin of the request, since browsers then
    reject `*`. This exposes only API Gateway's error text, never a response of a function.
    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.gatewayResponse.html
    """
    headers = _build_origin_headers(cors)
    if len(cors.allow_origins) > 1:
        headers["Access-Control-Allow-Origin"] = (
            "method.request.header.Origin" if cors.allow_credentials else "'*'"
        )
    if cors.expose_headers:
        headers["Access-Control-Expose-Headers"] = _quote_literal(",".join(cors.expose_headers))
    return {kind: TemplatedResponse(headers=headers) for kind in ("DEFAULT_4XX", "DEFAULT_5XX")}


def build_cors_environment_variables(cors: Cors) -> Mapping[str, str]:
    """Return the options of `cors` as environment variables with comma-separated lists."""
    environment = {
        "CORS_ALLOW_ORIGINS": ",".join(cors.allow_origins),
        "CORS_ALLOW_METHODS": ",".join(cors.allow_methods),
        "CORS_ALLOW_HEADERS": ",".join(cors.allow_headers),
    }
    if cors.expose_headers:
        environment["CORS_EXPOSE_HEADERS"] = ",".join(cors.expose_headers)
    if cors.allow_credentials:
        environment["CORS_ALLOW_CREDENTIALS"] = "true"
    if cors.max_age_seconds is not None:
        environment["CORS_MAX_AGE"] = str(cors.max_age_seconds)
    return environment


def _build_origin_headers(cors: Cors) -> dict[str, str]:
    """Return the headers that name the allowed origin: of several the first, to be overridden."""
    headers = {"Access-Control-Allow-Origin": _quote_literal(cors.allow_origins[0])}
    if not cors.is_any_origin_allowed:
        headers["Vary"] = _quote_literal("Origin")
    if cors.allow_credentials:
        headers["Access-Control-Allow-Credentials"] = _quote_literal("true")
    return headers


def _echo_listed_origin(origins: tuple[str, ...]) -> str:
    """Return the response template that allows the origin of the request if it is listed."""
    is_listed = " || ".join(f'$origin == "{origin}"' for origin in origins)
    return (
        '#set($origin = $input.params().header.get("Origin"))\n'
        '#if(!$origin || $origin == "")'
        '#set($origin = $input.params().header.get("origin"))#end\n'
        f"#if({is_listed})\n"
        "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)\n"
        "#end"
    )


def _quote_literal(value: str) -> str:
    """Return `value` as a literal of a mapping expression, in single quotes."""
    return f"'{value}'"
