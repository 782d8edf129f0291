"""Authorizers: what API Gateway rejects of them, and the routes that they do not protect.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from streaming_construct.aws.limits import AUTHORIZER_TTL_MAX_SECONDS
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.authorization import Authorizer, AuthorizerType
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import ApiKeySource
from streaming_construct.rules.checks.access.jwt import find_jwt_problems
from streaming_construct.rules.rule import Finding, Rule, Severity

AUTHORIZER_INVALID: Final = Rule(
    id="authorizer-invalid",
    severity=Severity.ERROR,
    title="Invalid authorizer",
    what=(
        "The authorizer cannot authorize requests, or cannot tell callers apart. Examples "
        "are a missing user pool or identity source, a cache of more than an hour, or a "
        "function that streams. A JWT authorizer needs an audience and an asymmetric algorithm."
    ),
    why="The deployment or every request fails.",
    fix=(
        "Name at least one user pool or identity source. Cache results for at most an hour. "
        "Use a function that returns the policy as one JSON object."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html",
    tags=frozenset({"access", "synth", "lint", "doctor"}),
)

AUTHORIZATION_NOT_APPLIED: Final = Rule(
    id="authorization-not-applied",
    severity=Severity.WARNING,
    title="Authorization not applied",
    what=(
        "API Gateway does not apply the `security` of an operation. The scheme is undefined, "
        "has no `x-amazon-apigateway-authorizer`, or is declared for the whole document only."
    ),
    why=(
        "The route is public. API Gateway applies the security of operations only, and only "
        "schemes with an authorizer or an API key."
    ),
    fix=(
        "Add `x-amazon-apigateway-authorizer` to the scheme, and name the scheme in the "
        "`security` of each operation. If the function authorizes requests, suppress the "
        "finding."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    tags=frozenset({"access", "lint"}),
)

AUTHORIZER_UNUSED: Final = Rule(
    id="authorizer-unused",
    severity=Severity.WARNING,
    title="Unused authorizer",
    what="An authorizer is declared, but no route uses it.",
    why="An authorizer applies only to the methods that name it. The API is not protected.",
    fix="Name the authorizer in the routes (`security`, `AuthorizerId`), or remove it.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html",
    tags=frozenset({"access", "lint", "doctor"}),
)

_PROPERTY_FIXES: Final = {
    "AuthorizerId": "Set it to the id of an authorizer of the API.",
    "AuthorizerUri": (
        "Write the URI that invokes the function: `arn:aws:apigateway:REGION:lambda:path/"
        "2015-03-31/functions/ARN/invocations`. In CloudFormation, put `Fn::Sub` around it."
    ),
}
_HEADER: Final = re.compile(r"method\.request\.header\.[A-Za-z0-9!#$%&*+.^_`|~-]+")
_SOURCE: Final = re.compile(
    r"(method\.request\.(header|querystring)|stageVariables|context)\.[^\s,]+"
)
_OF_A_HEADER: Final = (AuthorizerType.TOKEN, AuthorizerType.COGNITO, AuthorizerType.JWT)
_WITH_FUNCTION: Final = (AuthorizerType.TOKEN, AuthorizerType.REQUEST)
_WITH_SCOPES: Final = (AuthorizerType.COGNITO, AuthorizerType.JWT)


def check_authorizers(declaration: Declaration) -> Iterator[Finding]:
    """Yield what cannot work about the authorizers of an API, and the routes without protection."""
    api = declaration.api
    yield from _check_invalid_properties(api)
    yield from _check_resolved_authorizers(api)
    for route in api.routes:
        yield from _check_scopes(route)
        yield from _check_usage_identifier_key(api, route)
    yield from _check_unprotected_routes(declaration)


def _check_invalid_properties(api: ApiModel) -> Iterator[Finding]:
    """Yield the properties of authorizers whose values API Gateway rejects."""
    for authorizer in dict.fromkeys(list_authorizers(api.routes)):
        for name, reason in authorizer.invalid.items():
            yield AUTHORIZER_INVALID.at(
                Subject("authorizer", authorizer.name),
                f"API Gateway rejects its {name}: {reason}",
                fix=_PROPERTY_FIXES.get(name, f"Set {name} as {authorizer.type.value} requires."),
                location=authorizer.origin,
            )


def _check_resolved_authorizers(api: ApiModel) -> Iterator[Finding]:
    resolved = (
        candidate
        for candidate in list_authorizers(api.routes)
        if not candidate.unresolved and not candidate.unknown
    )
    for authorizer in dict.fromkeys(resolved):
        function = api.functions.get(authorizer.function or "")
        for message, fix in _find_authorizer_problems(authorizer, function):
            subject, origin = Subject("authorizer", authorizer.name), authorizer.origin
            yield AUTHORIZER_INVALID.at(subject, message, fix=fix, location=origin)


def _check_scopes(route: Route) -> Iterator[Finding]:
    if route.access.scopes and not _is_accepting_scopes(route.access.authorizer):
        yield AUTHORIZER_INVALID.at(
            Subject("route", str(route)),
            f"scopes ({', '.join(route.access.scopes)}) require a Cognito or JWT authorizer",
            fix=(
                "Authorize the route with a Cognito or JWT authorizer (in CDK, "
                "Authorizer.cognito(..., scopes=[...]) or Authorizer.jwt(...)), or remove the "
                "scopes."
            ),
            location=route.origin,
        )


def _check_usage_identifier_key(api: ApiModel, route: Route) -> Iterator[Finding]:
    """Yield a finding for a route that needs an API key which no authorizer can return."""
    if api.api_key_source is not ApiKeySource.AUTHORIZER or not route.access.api_key_required:
        return
    authorizer = route.access.authorizer
    if authorizer is None:
        yield AUTHORIZER_INVALID.at(
            Subject("route", str(route)),
            "the API takes API keys from authorizers, but the route has no authorizer",
            fix="Add Authorizer.token(...) or .request(...), or take API keys from the header.",
            location=route.origin,
        )
    elif authorizer.type not in _WITH_FUNCTION and not authorizer.unknown:
        yield AUTHORIZER_INVALID.at(
            Subject("route", str(route)),
            "the API takes API keys from authorizers, but the authorizer of the route has no "
            "function",
            fix=(
                "Use a Lambda authorizer (in CDK, Authorizer.token(...) or .request(...)), or take "
                "the key from the header."
            ),
            location=route.origin,
        )


def _check_unprotected_routes(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for each route whose security API Gateway does not enforce."""
    api = declaration.api
    if not declaration.has_streaming_intent:
        return
    by_reason: dict[tuple[str, ...], list[Route]] = {}
    for route in api.routes:
        if route.access.not_enforced_reasons and route.integration.type != "mock":
            by_reason.setdefault(route.access.not_enforced_reasons, []).append(route)
    for reasons, routes in by_reason.items():
        names = ", ".join(map(str, routes[:3])) + (" and more" if routes[3:] else "")
        yield AUTHORIZATION_NOT_APPLIED.at(
            Subject("route", str(names)),
            f"{'; '.join(reasons)}, so that API Gateway allows all requests",
            location=routes[0].origin,
        )
    for name in declaration.unused_authorizers:
        yield AUTHORIZER_UNUSED.at(
            Subject("authorizer", name),
            "no route uses the authorizer, so that it protects nothing",
            location=api.origin,
        )


def list_authorizers(routes: Iterable[Route]) -> Iterator[Authorizer]:
    """Yield the authorizer of each route that has one."""
    for route in routes:
        if route.access.authorizer is not None:
            yield route.access.authorizer


def _is_cognito(authorizer: Authorizer | None) -> bool:
    return authorizer is not None and authorizer.type is AuthorizerType.COGNITO


def _is_accepting_scopes(authorizer: Authorizer | None) -> bool:
    """Return whether scopes have an effect; True for an authorizer that is not known."""
    if authorizer is None:
        return False
    return bool(authorizer.unresolved or authorizer.unknown) or authorizer.type in _WITH_SCOPES


def _find_authorizer_problems(
    authorizer: Authorizer, function: Function | None
) -> Iterator[tuple[str, str]]:
    if _is_cognito(authorizer) and not authorizer.user_pools:
        yield "the authorizer has no user pool", "Add at least one."
    if authorizer.jwt is not None:
        yield from find_jwt_problems(authorizer.jwt)
    yield from _find_identity_problems(authorizer)
    if not 0 <= authorizer.ttl_seconds <= AUTHORIZER_TTL_MAX_SECONDS:
        yield (
            f"the results cannot be cached for {authorizer.ttl_seconds} s",
            f"Use 0 to {AUTHORIZER_TTL_MAX_SECONDS} s; 0 disables caching.",
        )
    if function is not None and function.is_streaming:
        yield (
            (
                f"the function {function.origin} streams, but API Gateway reads a policy from a "
                "buffered response"
            ),
            "Use a function that does not stream.",
        )


def _find_identity_problems(authorizer: Authorizer) -> Iterator[tuple[str, str]]:
    sources = authorizer.identity_sources
    if authorizer.type in _OF_A_HEADER:
        if len(sources) != 1 or not _HEADER.fullmatch(sources[0]):
            yield (
                f"the identity source is {', '.join(sources) or 'missing'}, not one header",
                "Name one header, or use one of type REQUEST (in CDK, Authorizer.request(...)).",
            )
    elif authorizer.type is AuthorizerType.REQUEST:
        invalid = [source for source in sources if not _SOURCE.fullmatch(source)]
        if invalid:
            yield (
                f"{', '.join(map(repr, invalid))} is not an identity source",
                "Name headers, query strings, stage or context variables (in CDK, IdentitySource).",
            )
        if not sources and authorizer.ttl_seconds:
            yield (
                "the results are cached, but no identity source is the key of the cache",
                "Add an identity source, or set the TTL to 0 s (in CDK, results_cache_ttl).",
            )
