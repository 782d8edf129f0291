"""Creates the authorizers of an API; an authorizer that cannot run denies all requests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Protocol

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.authorizers.cognito import CognitoAuthorizer
from streaming_construct.local.gateway.authorizers.iam import IamAuthorizer
from streaming_construct.local.gateway.authorizers.jwt import JwtAuthorizer
from streaming_construct.local.gateway.authorizers.lambda_ import LambdaAuthorizer
from streaming_construct.local.gateway.authorizers.user_pools import UserPools
from streaming_construct.local.gateway.context import AuthorizerResult, RequestContext
from streaming_construct.local.gateway.gateway_responses import GatewayResponseError
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.gateway.workers.worker_pool import WorkerPool
from streaming_construct.local.lambda_.invocation import Functions
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.authorization import Authorizer, AuthorizerType
from streaming_construct.model.unknown_element import describe_unknown
from streaming_construct.model.unresolved import describe_unresolved


class RequestAuthorizer(Protocol):
    """Decides whether a client may call a method."""

    async def authorize(self, context: RequestContext) -> AuthorizerResult:
        """Return the client's identity; the result has a `denial` if the client may not pass.

        Raises:
            GatewayResponseError: The request has no identity, or a wrong one.
        """


def list_authorizers(api: ApiModel) -> Mapping[Authorizer, Route]:
    """Return the authorizers that routes of an API require, each with its first route."""
    first_routes: dict[Authorizer, Route] = {}
    for route in api.routes:
        if route.access.authorizer:
            first_routes.setdefault(route.access.authorizer, route)
    return first_routes


def create_authorizers(
    api: ApiModel,
    functions: Functions,
    limits: GatewayLimits,
    user_pools: UserPools,
    workers: WorkerPool,
    issuers: Mapping[str, str],
) -> Mapping[Authorizer, RequestAuthorizer]:
    """Return what decides for each authorizer in use."""

    def create(authorizer: Authorizer) -> RequestAuthorizer:
        if reason := find_unavailable_reason(authorizer):
            return UnavailableAuthorizer(reason)
        if authorizer.type is AuthorizerType.IAM:
            return IamAuthorizer(api)
        if authorizer.type is AuthorizerType.COGNITO:
            return CognitoAuthorizer(api, authorizer, user_pools)
        if authorizer.jwt is not None:
            return JwtAuthorizer(api, authorizer, authorizer.jwt, user_pools.signing_keys, issuers)
        return LambdaAuthorizer(api, authorizer, functions, limits, workers)

    return {authorizer: create(authorizer) for authorizer in list_authorizers(api)}


def find_unavailable_reason(authorizer: Authorizer) -> str | None:
    """Return why an authorizer cannot run on this machine; None if it can."""
    if authorizer.unknown:
        return "; ".join(describe_unknown(authorizer.unknown))
    if authorizer.unresolved:
        return "; ".join(describe_unresolved(authorizer.unresolved))
    try:
        re.compile(authorizer.validation_expression or "")
    except re.error as error:
        return f"identityValidationExpression: {error}"
    if authorizer.type is AuthorizerType.IAM and not _can_import("botocore.auth"):
        return "signature checks require botocore: pip install botocore"
    if authorizer.type in _TYPES_WITH_TOKENS and not _can_import("jwt", _RSA):
        return "token checks require PyJWT: pip install 'pyjwt[crypto]'"
    return None


class UnavailableAuthorizer:
    """Denies all requests: stands for an authorizer that cannot run on this machine."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def authorize(self, context: RequestContext) -> AuthorizerResult:
        """Raise `GatewayResponseError` with status 501."""
        raise GatewayResponseError(
            gateway_responses.create_not_served_response(
                f"{context.route} is closed: {self._reason}"
            )
        )


_TYPES_WITH_TOKENS = (AuthorizerType.COGNITO, AuthorizerType.JWT)
_RSA = "cryptography.hazmat.primitives.asymmetric.rsa"


def _can_import(*modules: str) -> bool:
    try:
        for module in modules:
            import_module(module)
    except ImportError:
        return False
    return True
