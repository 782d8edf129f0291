"""Cognito user pools of this machine: a key pair made at start, and tokens signed with it.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from streaming_construct.local.gateway.authorizers.signing_keys import SigningKeys
from streaming_construct.model.api import ApiModel

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_CLIENT: Final = "local-client"
_KEY_ID: Final = "local-RSA"
_LIFETIME_SECONDS: Final = 12 * 3600


class TokenError(ValueError):
    """A token is not valid."""


class TokenExpiredError(TokenError):
    """A token has expired."""


class UserPools:
    """The user pools of one gateway; they share a key pair, which the first use makes.

    `signing_keys` are those of the issuers of its JWT authorizers, too. Default: new ones.
    """

    def __init__(self, signing_keys: SigningKeys | None = None) -> None:
        self.signing_keys = signing_keys or SigningKeys()

    @property
    def _key(self) -> RSAPrivateKey:
        key: RSAPrivateKey = self.signing_keys.get_private_key(_KEY_ID)
        return key

    def create_token(
        self,
        pool: str,
        *,
        scopes: Iterable[str] = (),
        claims: Mapping[str, Any] | None = None,
        lifetime_seconds: float = _LIFETIME_SECONDS,
    ) -> str:
        """Return a token as a user pool signs it.

        Args:
            pool: The pool's ARN.
            scopes: The scopes of an access token. Default: none, for an identity token.
            claims: Claims that are added to the default claims or replace them.
            lifetime_seconds: How long the token is valid, from now. Default: twelve hours.
        """
        import jwt

        now, scope = int(time.time()), " ".join(scopes)
        kind = (
            {"token_use": "access", "client_id": _CLIENT, "scope": scope, "username": "local"}
            if scope
            else {
                "token_use": "id",
                "aud": _CLIENT,
                "cognito:username": "local",
                "email": "local@example.com",
            }
        )
        payload = {
            "iss": build_issuer(pool),
            "sub": str(uuid.uuid5(uuid.NAMESPACE_URL, pool)),
            "auth_time": now,
            "iat": now,
            "exp": int(now + lifetime_seconds),
            "jti": str(uuid.uuid4()),
            **kind,
            **(claims or {}),
        }
        return jwt.encode(payload, self._key, algorithm="RS256", headers={"kid": "local"})

    def read_claims(self, token: str, pools: Iterable[str]) -> dict[str, Any]:
        """Check the signature, age and issuer of a token; return its claims.

        Raises:
            TokenExpiredError: The token has expired.
            TokenError: The token is not one of these pools.
        """
        import jwt

        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=["RS256"],
                issuer=[build_issuer(pool) for pool in pools],
                options={"require": ["exp", "iss", "token_use"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenExpiredError("the token has expired") from error
        except jwt.InvalidTokenError as error:
            raise TokenError(f"the token is not valid: {error}") from error
        if claims["token_use"] not in ("id", "access"):
            raise TokenError(f"the token is not valid: token_use is {claims['token_use']!r:.40}")
        return claims


def create_user_pool_token(
    api: ApiModel,
    user_pools: UserPools,
    pool: str | None = None,
    *,
    scopes: Iterable[str] = (),
    claims: Mapping[str, Any] | None = None,
    lifetime_seconds: float = 3600,
) -> str:
    """Return a token that an authorizer of the API accepts.

    Args:
        api: The API.
        user_pools: The user pools of the gateway that serves it.
        pool: The pool's ARN or id. Default: the first pool of the API's authorizers.
        scopes: The scopes of an access token. Default: none, for an identity token.
        claims: Claims that are added to the default claims or replace them.
        lifetime_seconds: How long the token is valid; negative for an expired one. Default: 3600.

    Raises:
        LookupError: No authorizer of the API accepts tokens of that pool.
    """
    arns = list_accepted_user_pools(api)
    for arn in arns:
        if pool is None or pool in (arn, arn.rpartition("/")[2]):
            return user_pools.create_token(
                arn, scopes=scopes, claims=claims, lifetime_seconds=lifetime_seconds
            )
    raise LookupError(
        f"no authorizer of the API accepts tokens of user pool {pool or '(any)'}."
        f" Its user pools: {', '.join(arns) or 'none'}."
    )


def list_accepted_user_pools(api: ApiModel) -> list[str]:
    """Return the ARNs of the pools whose tokens an authorizer of the API accepts."""
    authorizers = [route.access.authorizer for route in api.routes if route.access.authorizer]
    return list(dict.fromkeys(arn for authorizer in authorizers for arn in authorizer.user_pools))


def build_issuer(pool: str) -> str:
    """Return the issuer of a user pool's tokens, by the pool's ARN."""
    parts = pool.split(":")
    region = parts[3] if len(parts) > 3 else ""
    return f"https://cognito-idp.{region}.amazonaws.com/{pool.rpartition('/')[2]}"
