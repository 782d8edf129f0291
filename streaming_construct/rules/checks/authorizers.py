"""Rules on access: authorizers, API keys and usage plans.

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
from streaming_construct.model.integrations import Integration
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import ApiKeySource, Quota, UsagePlan
from streaming_construct.rules.checks.jwt import find_jwt_problems
from streaming_construct.rules.checks.throttling import find_throttle_problems
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

CORS_HEADER_MISSING: Final = Rule(
    id="cors-header-missing",
    severity=Severity.WARNING,
    title="Credential header not allowed by CORS",
    what=(
        "`allow_headers` lacks a header that carries credentials: `Authorization`, "
        "`X-Amz-Date`, `X-Amz-Security-Token`, `X-Api-Key`, or an identity source."
    ),
    why=(
        "The preflight response does not allow the header, so the browser does not send the "
        "request."
    ),
    fix=(
        "Add the header to `allow_headers`, or omit `allow_headers` to use CDK's defaults. "
        "Suppress the finding if no web page calls these routes."
    ),
    source_url="https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Access-Control-Allow-Headers",
    tags=frozenset({"cors", "synth", "lint"}),
)

USAGE_PLAN_INVALID: Final = Rule(
    id="usage-plan-invalid",
    severity=Severity.ERROR,
    title="Invalid usage plan",
    what=(
        "A usage plan has an invalid quota or throttle, a missing or duplicate API key, or a "
        "throttle for an unknown route. Or an API key value is not 20 to 128 letters and "
        "digits."
    ),
    why="The deployment fails, or the plan limits the wrong requests.",
    fix=(
        "Set a whole-number quota and a period. Name routes as `METHOD /path`, and add them "
        "before the plan."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
    tags=frozenset({"access", "synth", "lint", "doctor"}),
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
_WITH_SCOPES: Final = (AuthorizerType.COGNITO, AuthorizerType.JWT)
# The headers that AWS signers send in addition to Authorization.
_LITERAL: Final = re.compile(r"'[^']*'")
_SIGNED: Final = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token")


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


def check_access(declaration: Declaration) -> Iterator[Finding]:
    """Yield what cannot work about the authorizers and usage plans of `api`."""
    api = declaration.api
    yield from _check_invalid_properties(api)
    yield from _check_authorizers(api)
    for route in api.routes:
        yield from _check_scopes(route)
        yield from _check_usage_identifier_key(api, route)
    if declaration.is_usage_plan_missing:
        yield create_usage_plan_missing_error(location=api.origin)
    yield from _check_unused_validators(declaration)
    yield from _check_credential_headers(declaration)
    yield from _check_unprotected_routes(declaration)
    for plan in api.usage_plans:
        for message, fix in _find_plan_problems(plan):
            yield USAGE_PLAN_INVALID.at(
                Subject("usage plan", plan.name), message, fix=fix, location=plan.origin
            )


def create_usage_plan_missing_error(*, location: SourceLocation = UNKNOWN_LOCATION) -> Finding:
    """Return the finding that routes require an API key and no usage plan is declared."""
    return USAGE_PLAN_MISSING.at(
        Subject("API"),
        "the routes require an API key, and no usage plan is declared",
        location=location,
    )


def _check_authorizers(api: ApiModel) -> Iterator[Finding]:
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
    if api.api_key_source is ApiKeySource.AUTHORIZER and _is_missing_usage_identifier_key(route):
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


def _check_credential_headers(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for each header of credentials that a preflight response does not allow."""
    if not declaration.has_streaming_intent:
        return
    by_path: dict[str, list[Route]] = {}
    for route in declaration.api.routes:
        by_path.setdefault(route.path, []).append(route)
    for routes in by_path.values():
        preflight = next((route for route in routes if route.method == "OPTIONS"), None)
        allowed = _read_allowed_headers(preflight.integration) if preflight else None
        if allowed is not None:
            cors = Cors(allow_origins=("*",), allow_methods=("*",), allow_headers=allowed)
            yield from check_cors_access(routes, cors)


def _read_allowed_headers(integration: Integration) -> tuple[str, ...] | None:
    """Return the headers that a mock preflight allows; None if they are not literal."""
    default = integration.responses.get("default") if integration.type == "mock" else None
    headers = default.headers if default else {}
    by_name = {name.lower(): value for name, value in headers.items()}
    value = by_name.get("access-control-allow-headers")
    if "access-control-allow-origin" not in by_name or not _LITERAL.fullmatch(value or "''"):
        return None
    names = (value or "''").strip("'").split(",")
    return tuple(name.strip() for name in names if name.strip())


def _check_unused_validators(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for each route whose request validator has nothing to validate."""
    if not declaration.has_streaming_intent or not declaration.api.stage.is_complete:
        return
    for route in declaration.api.routes:
        validation = route.validation
        if validation is None or validation.unresolved:
            continue
        has_effect = (validation.has_body_validation and validation.models) or (
            validation.has_parameter_validation and validation.required
        )
        if not has_effect and (
            validation.has_body_validation or validation.has_parameter_validation
        ):
            yield create_unused_validator_warning(
                Subject("route", str(route)), validation.name, location=route.origin
            )


def create_unused_validator_warning(
    subject: Subject, validator_name: str, *, location: SourceLocation = UNKNOWN_LOCATION
) -> Finding:
    """Return the finding that a request validator has nothing to validate."""
    return REQUEST_VALIDATOR_UNUSED.at(
        subject,
        f"the request validator {validator_name} has no required parameter and no model to "
        "validate",
        location=location,
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


def check_usage_identifier_keys(api: ApiModel) -> Iterator[Finding]:
    """Yield a finding for each route that takes its API key from an authorizer and has none."""
    for route in api.routes if api.api_key_source is ApiKeySource.AUTHORIZER else ():
        if route.access.api_key_required and route.access.authorizer is None:
            yield AUTHORIZER_INVALID.at(
                Subject("route", str(route)),
                "the API takes API keys from authorizers, but the route has no authorizer",
                fix=(
                    "Add Authorizer.token(...) or .request(...), or take API keys from the header."
                ),
            )


def check_cors_access(routes: Iterable[Route], cors: Cors | None) -> Iterator[Finding]:
    """Yield a warning for each kind of credentials whose headers `cors` does not allow.

    A browser then does not send the request.
    """
    if cors is None:
        return
    allowed = {header.lower() for header in cors.allow_headers}
    if "*" in allowed:
        # A wildcard covers all but one: https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
        required = {
            subject: headers & {"Authorization"}
            for subject, headers in _list_credential_headers(routes).items()
        }
    else:
        required = _list_credential_headers(routes)
    for subject, headers in required.items():
        missing = sorted(header for header in headers if header.lower() not in allowed)
        if missing:
            yield CORS_HEADER_MISSING.at(
                subject,
                f"a page of another origin may not send {' and '.join(missing)}, which cors does "
                "not allow",
            )


def list_authorizers(routes: Iterable[Route]) -> Iterator[Authorizer]:
    """Yield the authorizer of each route that has one."""
    for route in routes:
        if route.access.authorizer is not None:
            yield route.access.authorizer


def _list_credential_headers(routes: Iterable[Route]) -> dict[Subject, set[str]]:
    """Return the headers of credentials of `routes`, by their authorizer or API key."""
    headers_by_subject: dict[Subject, set[str]] = {}
    for route in routes:
        if route.access.authorizer is not None:
            name = route.access.authorizer.name
            headers_by_subject[Subject("authorizer", name)] = set(
                _list_headers(route.access.authorizer)
            )
        if route.access.api_key_required:
            headers_by_subject[Subject("API key")] = {"X-Api-Key"}
    return headers_by_subject


def _is_cognito(authorizer: Authorizer | None) -> bool:
    return authorizer is not None and authorizer.type is AuthorizerType.COGNITO


def _is_accepting_scopes(authorizer: Authorizer | None) -> bool:
    """Return whether scopes have an effect; True for an authorizer that is not known."""
    if authorizer is None:
        return False
    return bool(authorizer.unresolved or authorizer.unknown) or authorizer.type in _WITH_SCOPES


def _is_missing_usage_identifier_key(route: Route) -> bool:
    """Return whether a route needs an API key that its authorizer cannot return."""
    authorizer = route.access.authorizer
    functions = (AuthorizerType.TOKEN, AuthorizerType.REQUEST)
    if authorizer is not None and authorizer.unknown:
        return False
    return (
        route.access.api_key_required
        and authorizer is not None
        and authorizer.type not in functions
    )


def _list_headers(authorizer: Authorizer) -> Iterator[str]:
    if authorizer.type is AuthorizerType.IAM:
        yield from _SIGNED
    for source in authorizer.identity_sources:
        head, _, name = source.partition("request.header.")
        if head == "method.":
            yield name


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


def _find_plan_problems(plan: UsagePlan) -> Iterator[tuple[str, str]]:
    throttles = [plan.throttle, *plan.route_throttles.values()]
    for throttle in throttles:
        if throttle is not None:
            yield from find_throttle_problems(throttle)
    if plan.quota is not None:
        yield from _find_quota_problems(plan.quota)
    ids = [key.id for key in plan.api_keys]
    if len(set(ids)) < len(ids):
        yield "the usage plan has an API key twice", "Add each key once."


def _find_quota_problems(quota: Quota) -> Iterator[tuple[str, str]]:
    if quota.limit < 1 or quota.limit % 1:
        yield (
            f"a quota of {quota.limit:g} requests is not valid",
            "Use a whole number, 1 or more.",
        )


USAGE_PLAN_MISSING: Final = Rule(
    id="usage-plan-missing",
    severity=Severity.ERROR,
    title="Usage plan missing",
    what="Routes require an API key, but the app or template has no usage plan.",
    why="An API key works only if it belongs to a usage plan of the stage, so every request fails.",
    fix=(
        "Add a usage plan for the stage (in CDK, `add_usage_plan`), or require no API key. If "
        "another app or template has the plan, suppress the finding. In CDK, acknowledge "
        "`streaming-construct:usage-plan-missing` with `Validations.of(api).acknowledge`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
    tags=frozenset({"access", "synth", "lint"}),
)


REQUEST_VALIDATOR_UNUSED: Final = Rule(
    id="request-validator-unused",
    severity=Severity.WARNING,
    title="Request validator without a schema",
    what=(
        "Request validation is enabled for an operation without a required parameter or a "
        "request body, or for an API without a document."
    ),
    why="API Gateway validates only what is declared, so every request passes.",
    fix=(
        "Declare a required parameter or a request body in the document, or disable the validation."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html",
    tags=frozenset({"route", "synth", "lint"}),
)
