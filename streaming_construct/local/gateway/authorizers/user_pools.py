"""Cognito user pools that exist on this machine alone: keys made at start, tokens signed by them.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_CLIENT: Final = "local-client"
_LIFETIME_SECONDS: Final = 12 * 3600


class TokenError(ValueError):
    """A token is not good; the message says why."""


class TokenExpiredError(TokenError):
    """A token was good once."""


class UserPools:
    """The user pools of one gateway; one key, made when first needed, signs for all of them."""

    def check_installed(self) -> None:
        """Check that tokens can be read here.

        Raises:
            ImportError: PyJWT or cryptography is not installed.
        """
        import_module("cryptography.hazmat.primitives.asymmetric.rsa")
        import_module("jwt")

    @cached_property
    def _key(self) -> RSAPrivateKey:
        from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

        return generate_private_key(public_exponent=65537, key_size=2048)

    def token(
        self,
        pool: str,
        *,
        scopes: Iterable[str] = (),
        claims: Mapping[str, Any] | None = None,
        lifetime_seconds: float = _LIFETIME_SECONDS,
    ) -> str:
        """Sign a token as a user pool does.

        Args:
            pool: The pool's ARN.
            scopes: What an access token is for. Default: none, and an identity token is made.
            claims: Further claims; they win over those made up here.
            lifetime_seconds: How long it is good, from now. Default: twelve hours.
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
            "iss": issuer(pool),
            "sub": str(uuid.uuid5(uuid.NAMESPACE_URL, pool)),
            "auth_time": now,
            "iat": now,
            "exp": int(now + lifetime_seconds),
            "jti": str(uuid.uuid4()),
            **kind,
            **(claims or {}),
        }
        return jwt.encode(payload, self._key, algorithm="RS256", headers={"kid": "local"})

    def claims(self, token: str, pools: Iterable[str]) -> dict[str, Any]:
        """Check a token's signature, age and issuer; return its claims.

        Raises:
            TokenExpiredError: It is too old.
            TokenError: It is not a token of these pools.
        """
        import jwt

        try:
            return jwt.decode(
                token,
                self._key.public_key(),
                algorithms=["RS256"],
                issuer=[issuer(pool) for pool in pools],
                options={"require": ["exp", "iss", "token_use"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenExpiredError("the token has expired") from error
        except jwt.InvalidTokenError as error:
            raise TokenError(f"the token is not good: {error}") from error


def issuer(pool: str) -> str:
    """Return the issuer of a user pool's tokens, by the pool's ARN."""
    parts = pool.split(":")
    region = parts[3] if len(parts) > 3 else ""
    return f"https://cognito-idp.{region}.amazonaws.com/{pool.rpartition('/')[2]}"
