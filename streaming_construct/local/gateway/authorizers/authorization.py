"""Who may pass: every authorizer of an API, run; where one cannot run, its routes stay closed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from streaming_construct.aws.limits import METHOD_ARN_MAX_BYTES
from streaming_construct.aws.rest_paths import ANY
from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.arns import location_of, method_arn
from streaming_construct.local.gateway.authorizers.api_keys import ApiKeys
from streaming_construct.local.gateway.authorizers.cognito import CognitoAuthorizer
from streaming_construct.local.gateway.authorizers.iam import IamAuthorizer
from streaming_construct.local.gateway.authorizers.lambda_ import LambdaAuthorizer
from streaming_construct.local.gateway.authorizers.resource_policy import ResourcePolicy
from streaming_construct.local.gateway.authorizers.user_pools import UserPools
from streaming_construct.local.gateway.context import GatewayResponseError, RequestContext
from streaming_construct.local.gateway.limits import GatewayLimits
from streaming_construct.local.gateway.router import Match
from streaming_construct.local.lambda_.invocation import Functions
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.authorization import Authorizer, AuthorizerType
from streaming_construct.model.unresolved import describe_unresolved


class _Checker(Protocol):
    async def authorize(self, call: RequestContext, match: Match) -> None:
        """Let a call pass, or raise `Refused`."""


class Authorization:
    """Runs the authorizers of an API and checks its API keys."""

    def __init__(
        self,
        api: ApiModel,
        functions: Functions,
        limits: GatewayLimits,
        user_pools: UserPools,
        source_ip: str | None = None,
    ) -> None:
        self._api = api
        self._resource_policy = ResourcePolicy(api, source_ip)
        self._functions = functions
        self._limits = limits
        self._keys = ApiKeys(api)
        self._pools = user_pools
        self._checkers = {
            authorizer: self._checker(authorizer) for authorizer in self._authorizers()
        }

    def needs_body(self, route: Route) -> bool:
        """Tell whether a route's authorizer looks at the body."""
        authorizer = route.access.authorizer
        return authorizer is not None and authorizer.type is AuthorizerType.IAM

    async def admit(self, call: RequestContext, match: Match) -> None:
        """Let a call pass, and note in it what is known of the caller.

        Raises:
            Refused: It may not pass, or nobody can tell.
        """
        access = match.route.access
        self._resource_policy.admit(call, access.authorizer)
        if authorizer := access.authorizer:
            arn = method_arn(self._api, call.request.method, call.request.path)
            if len(arn) > METHOD_ARN_MAX_BYTES:
                raise GatewayResponseError(
                    gateway_responses.URI_TOO_LONG, f"the method's ARN has {len(arn)} bytes"
                )
            await self._checkers[authorizer].authorize(call, match)
        if access.api_key_required:
            self._keys.admit(call, match.route)

    def token(
        self,
        pool: str | None = None,
        *,
        scopes: Iterable[str] = (),
        claims: Mapping[str, Any] | None = None,
        lifetime_seconds: float = 3600,
    ) -> str:
        """Sign a token of a user pool, by its ARN or id; default: the first of the API.

        Raises:
            LookupError: No authorizer of the API takes tokens of that pool.
        """
        known = [arn for authorizer in self._checkers for arn in authorizer.user_pools]
        for arn in known:
            if pool is None or pool in (arn, arn.rpartition("/")[2]):
                return self._pools.token(
                    arn, scopes=scopes, claims=claims, lifetime_seconds=lifetime_seconds
                )
        raise LookupError(f"no authorizer takes tokens of {pool or 'a user pool'}; known: {known}")

    def api_key(self, name: str | None = None) -> str:
        """Return the value of a usage plan's API key, by its name; default: the first.

        Raises:
            LookupError: No usage plan of the stage has such a key.
        """
        known = {key: value for key, _, value in self._keys.values()}
        for key, value in known.items():
            if name in (None, key):
                return value
        raise LookupError(f"no usage plan has the key {name or 'of anybody'}; known: {[*known]}")

    def hints(self, url: str) -> Iterator[str]:
        """Yield lines on what a caller has to send, and on what is closed or open against looks.

        `url` is where the API is served.
        """
        for authorizer, route in self._authorizers().items():
            where = f"{authorizer.type.value} {authorizer.name} ({route}, ...)"
            checker = self._checkers[authorizer]
            if isinstance(checker, UnavailableAuthorizer):
                yield f"closed, with status 501: {where}: {checker.reason}"
            else:
                options = f"{_method(route)}{self._shown(authorizer, route)}"
                yield f"{where}: curl {options}'{_example(url, route)}'"
        yield from self._key_hints()
        yield from self._resource_policy.hints()
        for guard in self._api.access_controls:
            yield f"not enforced here: {guard}; what it would refuse when deployed is let through"
        for plan in self._api.usage_plans:
            for problem in describe_unresolved(plan.unresolved):
                yield f"not known from the template: {plan.origin}: {problem}"
        for route in self._api.routes:
            for problem in route.access.not_enforced_reasons:
                yield f"open, as when deployed: {route}: {problem}"
            if route.access.api_key_required and not any(self._keys.values()):
                yield f"nobody can call {route}: it needs an API key and no usage plan has one"

    def _key_hints(self) -> Iterator[str]:
        for name, plan, value in self._keys.values():
            how = f"curl -H 'x-api-key: {value}' ..."
            if self._api.api_key_source:
                how = f"an authorizer says it as usageIdentifierKey: {value}"
            yield f"API key {name} of usage plan {plan.name}: {how}"

    def _authorizers(self) -> dict[Authorizer, Route]:
        """Return the authorizers with a route each."""
        found: dict[Authorizer, Route] = {}
        for route in self._api.routes:
            if route.access.authorizer:
                found.setdefault(route.access.authorizer, route)
        return found

    def _checker(self, authorizer: Authorizer) -> _Checker:
        if authorizer.unresolved:
            return UnavailableAuthorizer("; ".join(describe_unresolved(authorizer.unresolved)))
        try:
            re.compile(authorizer.validation_expression or "")
        except re.error as error:
            return UnavailableAuthorizer(f"identityValidationExpression: {error}")
        if authorizer.type is AuthorizerType.IAM:
            try:
                return IamAuthorizer(self._api)
            except ImportError:
                return UnavailableAuthorizer(
                    "signatures are checked with botocore: pip install botocore"
                )
        if authorizer.type is AuthorizerType.COGNITO:
            try:
                self._pools.check_installed()
            except ImportError:
                return UnavailableAuthorizer(
                    "tokens are checked with PyJWT: pip install 'pyjwt[crypto]'"
                )
            return CognitoAuthorizer(self._api, authorizer, self._pools)
        return LambdaAuthorizer(self._api, authorizer, self._functions, self._limits)

    def _shown(self, authorizer: Authorizer, route: Route) -> str:
        """Return the options with which curl gets past an authorizer."""
        checker = self._checkers[authorizer]
        if isinstance(checker, IamAuthorizer):
            key, region = checker.credentials, location_of(self._api).region
            return (
                f"--aws-sigv4 aws:amz:{region}:execute-api"
                f" --user {key.access_key}:{key.secret_key} "
            )
        if isinstance(checker, CognitoAuthorizer):
            scopes = route.access.scopes
            token = self.token(authorizer.user_pools[0], scopes=scopes, lifetime_seconds=12 * 3600)
            return f"-H '{_header(authorizer.identity_sources[0])}: {token}' "
        headers = filter(None, map(_header, authorizer.identity_sources))
        return "".join(f"-H '{name}: ...' " for name in headers)


class UnavailableAuthorizer:
    """Stands for an authorizer that cannot run here: nobody passes."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def authorize(self, call: RequestContext, match: Match) -> None:  # noqa: ARG002 - as others do
        """Refuse."""
        raise GatewayResponseError(
            gateway_responses.not_served(f"{match.route} is closed: {self.reason}")
        )


def _method(route: Route) -> str:
    """Return the option by which curl asks for a method that is not its own."""
    return "" if route.method in (ANY, "GET") else f"-X {route.method} "


def _header(source: str) -> str:
    head, _, name = source.rpartition("header.")
    return name if head else ""


def _example(url: str, route: Route) -> str:
    """Make up a URL of a route, with the query that its authorizer looks at."""
    sources = route.access.authorizer.identity_sources if route.access.authorizer else ()
    names = [
        name for head, _, name in (each.rpartition("querystring.") for each in sources) if head
    ]
    query = "?" + "&".join(f"{name}=..." for name in names) if names else ""
    return url.rstrip("/") + re.sub(r"\{(\w+)\+?\}", r"\1", route.path) + query
