"""Cognito authorizers: clients pass with a token of a user pool.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any, Final

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.authorizers.user_pools import (
    TokenError,
    TokenExpiredError,
    UserPools,
)
from streaming_construct.local.gateway.context import AuthorizerResult, RequestContext
from streaming_construct.local.gateway.gateway_responses import GatewayResponseError
from streaming_construct.local.gateway.parameter_mapping import get_mapped_value
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import Authorizer

_DATES: Final = frozenset({"exp", "iat"})


class CognitoAuthorizer:
    """Checks tokens against the user pools of this machine."""

    def __init__(self, api: ApiModel, authorizer: Authorizer, pools: UserPools) -> None:
        self._stage_variables = api.stage.variables
        self._authorizer = authorizer
        self._pools = pools

    async def authorize(self, context: RequestContext) -> AuthorizerResult:
        """Return the claims of the token in the request.

        A method with scopes requires an access token with one of them; any other method requires
        an identity token.

        Raises:
            GatewayResponseError: The token is missing or not valid.
        """
        token = self._read_token(context.request)
        try:
            claims = self._pools.read_claims(token, self._authorizer.user_pools)
            self._check_use(claims, context.route.access.scopes)
        except TokenExpiredError as error:
            raise GatewayResponseError(gateway_responses.TOKEN_EXPIRED, str(error)) from error
        except TokenError as error:
            raise GatewayResponseError(gateway_responses.UNAUTHORIZED, str(error)) from error
        texts = {name: _format_claim(name, value) for name, value in claims.items()}
        return AuthorizerResult(authorizer={"claims": texts})

    def _read_token(self, request: GatewayRequest) -> str:
        for source in self._authorizer.identity_sources:
            if value := get_mapped_value(source, request, {}, self._stage_variables):
                return value.removeprefix("Bearer ").strip()
            raise GatewayResponseError(
                gateway_responses.UNAUTHORIZED, f"the request has no {source}"
            )
        raise GatewayResponseError(
            gateway_responses.UNAUTHORIZED, "the authorizer has no identity source"
        )

    def _check_use(self, claims: Mapping[str, Any], scopes: tuple[str, ...]) -> None:
        use, expression = claims["token_use"], self._authorizer.validation_expression
        if scopes:
            if use != "access":
                raise TokenError("the method has scopes and requires an access token")
            if not set(scopes) & set(str(claims.get("scope", "")).split()):
                raise TokenError(f"the token has none of the scopes {', '.join(scopes)}")
        elif use != "id":
            raise TokenError("the method has no scopes and requires an identity token")
        elif expression and not re.fullmatch(expression, str(claims.get("aud"))):
            raise TokenError(f"the audience {claims.get('aud')} does not match {expression}")


def _format_claim(name: str, value: object) -> str:
    """Return a claim as API Gateway passes it to functions."""
    if name in _DATES and isinstance(value, int):
        return time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime(value))
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
