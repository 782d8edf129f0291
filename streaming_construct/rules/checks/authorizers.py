"""Who may call: authorizers, and what the holders of API keys may do.

Sources: https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from streaming_construct.aws.limits import AUTHORIZER_TTL_MAX_SECONDS
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.authorization import Authorizer, AuthorizerType
from streaming_construct.model.cors import Cors
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Function
from streaming_construct.model.usage_plans import Quota, UsagePlan
from streaming_construct.rules.checks.throttling import throttle_errors
from streaming_construct.rules.finding import Finding, error, warning

_HEADER: Final = re.compile(r"method\.request\.header\.[A-Za-z0-9!#$%&*+.^_`|~-]+")
_SOURCE: Final = re.compile(
    r"(method\.request\.(header|querystring)|stageVariables|context)\.[^\s,]+"
)
_OF_A_HEADER: Final = (AuthorizerType.TOKEN, AuthorizerType.COGNITO)
# What a signer of AWS's sends beside the signature itself.
_SIGNED: Final = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token")


def access_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield what cannot work about the authorizers and usage plans of `api`."""
    api = declaration.api
    known = (each for each in authorizers_of(api.routes) if not each.unresolved)
    for authorizer in dict.fromkeys(known):
        function = api.functions.get(authorizer.function or "")
        for message, fix in _authorizer_problems(authorizer, function):
            where, origin = f"authorizer {authorizer.name}", authorizer.origin
            yield error("authorizer-invalid", where, message, fix, origin)
    for route in api.routes:
        if route.access.scopes and not _is_cognito(route.access.authorizer):
            yield error(
                "authorizer-invalid",
                f"route {route}",
                f"scopes ({', '.join(route.access.scopes)}) without a Cognito authorizer ask "
                "for nothing",
                "authorize the route by a Cognito user pool (in CDK, Authorizer.cognito(..., "
                "scopes=[...])), or leave the scopes out",
                route.origin,
            )
        if api.api_key_source and _lacks_usage_identifier_key(route):
            yield error(
                "authorizer-invalid",
                f"route {route}",
                "its authorizer is to say the API key, and only a function could",
                "use a Lambda authorizer (in CDK, Authorizer.token(...) or .request(...)), or take "
                "the key from the header",
                route.origin,
            )
    yield from _unprotected_route_findings(declaration)
    for plan in api.usage_plans:
        for message, fix in _plan_problems(plan):
            yield error("usage-plan-invalid", f"usage plan {plan.name}", message, fix, plan.origin)


def _unprotected_route_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for what was to be protected, and is not."""
    api = declaration.api
    if not declaration.has_streaming_intent:
        return
    by_reason: dict[tuple[str, ...], list[Route]] = {}
    for route in api.routes:
        if route.access.not_enforced_reasons and route.integration.type != "mock":
            by_reason.setdefault(route.access.not_enforced_reasons, []).append(route)
    for reasons, routes in by_reason.items():
        some = ", ".join(map(str, routes[:3])) + (" and more" if routes[3:] else "")
        yield warning(
            "authorization-not-applied",
            f"route {some}",
            f"{'; '.join(reasons)}: API Gateway lets anybody call it",
            "give the scheme an authorizer (x-amazon-apigateway-authorizer) and name it in the "
            "security of each operation, or let the function decide and keep this",
            routes[0].origin,
        )
    for name in declaration.unused_authorizers:
        yield warning(
            "authorizer-unused",
            f"authorizer {name}",
            "it is declared, and no route asks for it: whoever reads the template takes the API "
            "for protected",
            "name it where it is to decide (security, AuthorizerId), or leave it out",
            api.origin,
        )


def missing_usage_identifier_key_findings(api: ApiModel) -> Iterator[Finding]:
    """Yield a finding for each route whose API key its authorizer is to say, and that has none."""
    for route in api.routes if api.api_key_source else ():
        if route.access.api_key_required and route.access.authorizer is None:
            yield error(
                "authorizer-invalid",
                f"route {route}",
                "it needs the API key that its authorizer says, and has no authorizer",
                "give it Authorizer.token(...) or .request(...), or take the key from the header",
            )


def cors_access_findings(routes: Iterable[Route], cors: Cors | None) -> Iterator[Finding]:
    """Yield a warning for each way to show who calls for which `cors` does not allow the headers.

    A browser then refuses to send the request, whatever the function answers.
    """
    if cors is None:
        return
    allowed = {header.lower() for header in cors.allow_headers}
    if "*" in allowed:
        # A wildcard covers all but one: https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
        wanted = {
            of: headers & {"Authorization"} for of, headers in _credential_headers(routes).items()
        }
    else:
        wanted = _credential_headers(routes)
    for of, headers in wanted.items():
        missing = sorted(header for header in headers if header.lower() not in allowed)
        if missing:
            yield warning(
                "cors-header-missing",
                of,
                f"a page of another origin may not send {' and '.join(missing)}, which cors does "
                "not allow",
                "add it to allow_headers, or leave allow_headers out",
            )


def authorizers_of(routes: Iterable[Route]) -> Iterator[Authorizer]:
    """Yield the authorizer of each route that has one."""
    for route in routes:
        if route.access.authorizer is not None:
            yield route.access.authorizer


def _credential_headers(routes: Iterable[Route]) -> dict[str, set[str]]:
    """Return the headers of each way in which callers of `routes` show who they are."""
    shown: dict[str, set[str]] = {}
    for route in routes:
        if route.access.authorizer is not None:
            name = route.access.authorizer.name
            shown[f"authorizer {name}"] = set(_headers(route.access.authorizer))
        if route.access.api_key_required:
            shown["the API key"] = {"X-Api-Key"}
    return shown


def _is_cognito(authorizer: Authorizer | None) -> bool:
    return authorizer is not None and authorizer.type is AuthorizerType.COGNITO


def _lacks_usage_identifier_key(route: Route) -> bool:
    """Tell whether a route needs a key that its authorizer has no way to say."""
    by = route.access.authorizer
    functions = (AuthorizerType.TOKEN, AuthorizerType.REQUEST)
    return route.access.api_key_required and by is not None and by.type not in functions


def _headers(authorizer: Authorizer) -> Iterator[str]:
    if authorizer.type is AuthorizerType.IAM:
        yield from _SIGNED
    for source in authorizer.identity_sources:
        head, _, name = source.partition("request.header.")
        if head == "method.":
            yield name


def _authorizer_problems(
    authorizer: Authorizer, function: Function | None
) -> Iterator[tuple[str, str]]:
    if _is_cognito(authorizer) and not authorizer.user_pools:
        yield "it has no user pool", "name at least one"
    yield from _identity_problems(authorizer)
    if not 0 <= authorizer.ttl_seconds <= AUTHORIZER_TTL_MAX_SECONDS:
        yield (
            f"its answers cannot be kept for {authorizer.ttl_seconds} s",
            f"use 0 (not at all) to {AUTHORIZER_TTL_MAX_SECONDS} s",
        )
    if function is not None and function.streams:
        yield (
            f"its function {function.origin} streams, and a policy is read in one piece",
            "use a function that returns the policy",
        )


def _identity_problems(authorizer: Authorizer) -> Iterator[tuple[str, str]]:
    sources = authorizer.identity_sources
    if authorizer.type in _OF_A_HEADER:
        if len(sources) != 1 or not _HEADER.fullmatch(sources[0]):
            yield (
                f"its identity source is {', '.join(sources) or 'missing'}, not one header",
                "name one header, or use one of type REQUEST (in CDK, Authorizer.request(...))",
            )
    elif authorizer.type is AuthorizerType.REQUEST:
        wrong = [source for source in sources if not _SOURCE.fullmatch(source)]
        if wrong:
            yield (
                f"{', '.join(map(repr, wrong))} is no identity source",
                "name headers, query strings, stage or context variables (in CDK, IdentitySource)",
            )
        if not sources and authorizer.ttl_seconds:
            yield (
                "its answers are kept, but nothing is named to tell callers apart by",
                "name an identity source, or keep them for 0 s (in CDK, results_cache_ttl)",
            )


def _plan_problems(plan: UsagePlan) -> Iterator[tuple[str, str]]:
    throttles = [plan.throttle, *plan.route_throttles.values()]
    for throttle in throttles:
        if throttle is not None:
            yield from throttle_errors(throttle)
    if plan.quota is not None:
        yield from _quota_problems(plan.quota)
    ids = [key.id for key in plan.api_keys]
    if len(set(ids)) < len(ids):
        yield "a key is there twice", "name each key once"


def _quota_problems(quota: Quota) -> Iterator[tuple[str, str]]:
    if quota.limit < 1 or quota.limit % 1:
        yield f"a quota of {quota.limit:g} requests makes no sense", "use a whole number, 1 or more"
