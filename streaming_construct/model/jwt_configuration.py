"""`JwtConfiguration`: the tokens that a JWT authorizer accepts.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer.html
"""

from __future__ import annotations

from dataclasses import dataclass

from streaming_construct.aws.jwt import JWT_CLAIM_FORMAT


@dataclass(frozen=True, kw_only=True)
class JwtClaim:
    """A claim that API Gateway validates in addition to the registered claims.

    Attributes:
        name: The name of the claim.
        is_required: Whether a token without the claim is rejected.
        expected_values: The values of which the claim must equal one. Empty: any value.
        format: The format of the value.
    """

    name: str
    is_required: bool = False
    expected_values: tuple[str, ...] = ()
    format: str = JWT_CLAIM_FORMAT


@dataclass(frozen=True, kw_only=True)
class JwtIssuer:
    """An issuer whose tokens an authorizer accepts.

    Attributes:
        issuer: The issuer's URL, equal to claim `iss` of its tokens to the letter.
        audiences: The audiences of which claim `aud` must have one.
        claims: The additional claims that its tokens must satisfy.
    """

    issuer: str
    audiences: tuple[str, ...]
    claims: tuple[JwtClaim, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JwtConfiguration:
    """The issuers and the signing algorithms of a JWT authorizer."""

    issuers: tuple[JwtIssuer, ...]
    algorithms: tuple[str, ...]

    def find_issuer(self, url: object) -> JwtIssuer | None:
        """Return the issuer of a URL, None if the authorizer does not accept its tokens."""
        return next((issuer for issuer in self.issuers if issuer.issuer == url), None)
