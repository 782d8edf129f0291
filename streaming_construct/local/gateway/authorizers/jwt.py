"""JWT authorizers: clients pass with a token of an issuer that the authorizer accepts.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.authorizers.issuer_keys import (
    IssuerKeys,
    KeySetError,
    is_on_loopback,
)
from streaming_construct.local.gateway.authorizers.signing_keys import SigningKeys
from streaming_construct.local.gateway.authorizers.user_pools import TokenError
from streaming_construct.local.gateway.context import AuthorizerResult, RequestContext
from streaming_construct.local.gateway.context_variables import JsonClaims
from streaming_construct.local.gateway.gateway_responses import GatewayResponseError
from streaming_construct.local.gateway.parameter_mapping import get_mapped_value
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import Authorizer
from streaming_construct.model.jwt_configuration import JwtConfiguration, JwtIssuer

_REQUIRED_CLAIMS: Final = ["exp", "iss", "aud"]


class JwtAuthorizer:
    """Validates tokens with the keys of this gateway, or with those of an issuer on loopback.

    `issuers` are the URLs on loopback of what stands for an issuer.
    """

    def __init__(
        self,
        api: ApiModel,
        authorizer: Authorizer,
        configuration: JwtConfiguration,
        keys: SigningKeys,
        issuers: Mapping[str, str],
    ) -> None:
        self._stage_variables = api.stage.variables
        self._authorizer = authorizer
        self._configuration = configuration
        self._keys = keys
        self._issuer_keys = {
            issuer.issuer: IssuerKeys(issuer.issuer, issuers.get(issuer.issuer))
            for issuer in configuration.issuers
            if issuer.issuer in issuers or is_on_loopback(issuer.issuer)
        }

    async def authorize(self, context: RequestContext) -> AuthorizerResult:
        """Return the claims of the token in the request.

        Raises:
            GatewayResponseError: 401 if the token is missing or not valid. 403 if it has none of
                the method's scopes. 501 if the issuer's keys cannot be read.
        """
        try:
            claims = await self._read_claims(self._read_token(context))
        except TokenError as error:
            raise GatewayResponseError(gateway_responses.UNAUTHORIZED, str(error)) from error
        except KeySetError as error:
            raise GatewayResponseError(
                gateway_responses.create_not_served_response(f"{context.route} is closed: {error}")
            ) from error
        scopes = context.route.access.scopes
        if scopes and not set(scopes) & _read_token_scopes(claims):
            raise GatewayResponseError(
                gateway_responses.IMPLICIT_DENY,
                f"the token has none of the scopes {', '.join(scopes)}",
            )
        return AuthorizerResult(authorizer={"claims": JsonClaims(claims)})

    def _read_token(self, context: RequestContext) -> str:
        for source in self._authorizer.identity_sources:
            if value := get_mapped_value(source, context.request, {}, self._stage_variables):
                scheme, _, token = value.partition(" ")
                return (token if scheme.lower() == "bearer" else value).strip()
            raise TokenError(f"the request has no {source}")
        raise TokenError("the authorizer has no identity source")

    async def _read_claims(self, token: str) -> dict[str, Any]:
        header, unverified = _read_unverified_parts(token)
        issuer = self._configuration.find_issuer(unverified.get("iss"))
        algorithm = header.get("alg")
        if issuer is None:
            raise TokenError(f"the authorizer has no issuer {unverified.get('iss')!r}")
        if algorithm not in self._configuration.algorithms:
            raise TokenError(f"the authorizer does not accept the algorithm {algorithm!r}")
        key = await self._find_public_key(issuer, header.get("kid"))
        if key is None:
            raise TokenError(f"issuer {issuer.issuer} has no key {header.get('kid')!r}")
        claims = _verify_claims(token, key, str(algorithm), issuer)
        _check_additional_claims(issuer, claims)
        return claims

    async def _find_public_key(self, issuer: JwtIssuer, key_id: str | None) -> Any | None:
        keys = self._issuer_keys.get(issuer.issuer)
        return (
            self._keys.find_public_key(key_id)
            if keys is None
            else await keys.find_public_key(key_id)
        )


def _read_unverified_parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the claims of a token, which only select the key.

    Raises:
        TokenError: It is not a JWT.
    """
    import jwt

    try:
        header = jwt.get_unverified_header(token)
        return header, jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise TokenError(f"the token is not valid: {error}") from error


def _verify_claims(token: str, key: Any, algorithm: str, issuer: JwtIssuer) -> dict[str, Any]:
    """Return the claims of a token after the check of its signature, times and audience.

    Raises:
        TokenError: The token is not valid.
    """
    import jwt

    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=issuer.issuer,
            audience=list(issuer.audiences),
            options={"require": _REQUIRED_CLAIMS},
        )
    # PyJWT raises TypeError for a key of another kind.
    except (jwt.PyJWTError, TypeError) as error:
        raise TokenError(f"the token is not valid: {error}") from error
    return claims


def _read_token_scopes(claims: Mapping[str, Any]) -> set[str]:
    """Return the scopes in `scope` or `scp`, each a text of words or a list."""
    scopes: set[str] = set()
    for value in (claims.get("scope"), claims.get("scp")):
        if isinstance(value, str):
            scopes |= set(value.split())
        elif isinstance(value, list):
            scopes |= set(map(str, value))
    return scopes


def _check_additional_claims(issuer: JwtIssuer, claims: Mapping[str, Any]) -> None:
    for claim in issuer.claims:
        value = claims.get(claim.name)
        if value is None:
            if claim.is_required:
                raise TokenError(f"the token has no claim {claim.name}")
        elif not isinstance(value, str):
            raise TokenError(f"claim {claim.name} is not one string")
        elif claim.expected_values and value not in claim.expected_values:
            raise TokenError(f"claim {claim.name} is {value!r}, not an expected value")
