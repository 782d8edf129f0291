"""CORS: whether all of it is there, where some of it is.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.knowledge.finding import Finding, warning
from streaming_construct.knowledge.http_methods import ANY
from streaming_construct.knowledge.model import ApiModel, MappedResponse, Route

_ORIGIN: str = "access-control-allow-origin"
_ERRORS = ("DEFAULT_4XX", "DEFAULT_5XX")


def cross_origin_findings(api: ApiModel) -> Iterator[Finding]:
    """Yield what pages of other origins will miss, where the API lets any of them in."""
    if api.streams and api.cors_of_http_apis:
        yield warning(
            "cors-extension-ignored",
            "the API",
            "its document has x-amazon-apigateway-cors, which HTTP APIs read and REST APIs do not: "
            "it allows no origin",
            "answer OPTIONS on each path and let the function send the headers (in CDK, cors=)",
            api.origin,
        )
    preflights = [route for route in api.routes if route.method == "OPTIONS"]
    answered = [route for route in preflights if _allows_origins(route)]
    errors = {kind for kind, each in api.gateway_responses.items() if _has_origin(each)}
    if not api.streams or not (answered or errors):
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
    if route.integration.type == "mock" and not _allows_origins(route):
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


def _allows_origins(route: Route) -> bool:
    return any(map(_has_origin, route.integration.responses.values()))


def _has_origin(response: MappedResponse) -> bool:
    return any(name.lower() == _ORIGIN for name in response.headers)
