"""`Authorizer`: an authorizer of the requests to an API's routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk.aws_apigateway import IdentitySource
from aws_cdk.aws_iam import IRole

from streaming_construct.model.authorization import AuthorizerType
from streaming_construct.model.jwt_configuration import JwtClaim, JwtConfiguration, JwtIssuer

if TYPE_CHECKING:
    # Importing these costs a third of a synthesis, and they are only named here.
    from aws_cdk.aws_cognito import IUserPool
    from aws_cdk.aws_lambda import IFunction


@dataclass(frozen=True, kw_only=True, eq=False)
class Authorizer:
    """An authorizer of requests, created by one of the class methods.

    CDK's own authorizers attach to the methods of its `RestApi`, and a body has none; arguments
    are called as theirs are. One authorizer may be used on any number of routes and APIs.

    Attributes:
        type: API Gateway's kind; None lets everybody pass.
        authorizer_name: Its name in the API.
        user_pools: The pools whose tokens are good.
        jwt_configuration: The issuers and algorithms of a JWT authorizer.
        scopes: Of which a token must have one.
        function: The function that decides.
        identity_sources: Where in the request it is said who calls.
        validation_regex: What a token must look like.
        results_cache_ttl: How long an answer is kept.
        assume_role: The role by which API Gateway invokes the function.
    """

    type: AuthorizerType | None
    authorizer_name: str | None = None
    user_pools: tuple[IUserPool, ...] = ()
    jwt_configuration: JwtConfiguration | None = None
    scopes: tuple[str, ...] = ()
    function: IFunction | None = None
    identity_sources: tuple[str, ...] = ()
    validation_regex: str | None = None
    results_cache_ttl: Duration | None = None
    assume_role: IRole | None = None

    @classmethod
    def none(cls) -> Authorizer:
        """Let everybody pass, on a route of an API whose others are authorized."""
        return cls(type=None)

    @classmethod
    def iam(cls) -> Authorizer:
        """Return an authorizer that allows requests signed by a principal with `grant_execute`."""
        return cls(type=AuthorizerType.IAM, authorizer_name="Iam")

    @classmethod
    def cognito(
        cls,
        *user_pools: IUserPool,
        scopes: Sequence[str] = (),
        identity_source: str | None = None,
        results_cache_ttl: Duration | None = None,
        authorizer_name: str | None = None,
    ) -> Authorizer:
        """Return an authorizer that allows requests with a token of one of these user pools.

        Args:
            user_pools: The pools, imported ones included.
            scopes: An access token must have one of them. Default: none, and API Gateway wants an
                identity token.
            identity_source: The header of the token. Default: `Authorization`.
            results_cache_ttl: How long API Gateway keeps an answer, at most an hour.
                Default: 5 minutes.
            authorizer_name: Its name in the API. Default: one made of the first pool's path.

        Raises:
            TypeError: `scopes` is one text, and no list of them.
        """
        return cls(
            type=AuthorizerType.COGNITO,
            user_pools=user_pools,
            scopes=_listed("scopes", scopes),
            identity_sources=(identity_source or IdentitySource.header("Authorization"),),
            results_cache_ttl=results_cache_ttl,
            authorizer_name=authorizer_name,
        )

    @classmethod
    def jwt(
        cls,
        *issuers: JwtIssuer,
        issuer: str | None = None,
        audiences: Sequence[str] = (),
        algorithms: Sequence[str] = ("RS256",),
        required_claims: Mapping[str, Sequence[str]] | None = None,
        scopes: Sequence[str] = (),
        identity_source: str | None = None,
        authorizer_name: str | None = None,
    ) -> Authorizer:
        """Let requests with a JSON Web Token of an OpenID Connect issuer pass.

        API Gateway validates the signature, `iss`, `aud`, `exp`, `nbf` and `iat`. It invokes no
        function.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer.html

        Args:
            issuers: More issuers, each with its own audiences and claims.
            issuer: The URL of an issuer, as it is in claim `iss`, with or without a trailing slash.
            audiences: The audiences of that issuer. Claim `aud` must have one of them.
            algorithms: The signing algorithms: RS256, RS384, RS512, ES256, ES384 or ES512.
                Default: RS256.
            required_claims: Claims that tokens of that issuer must have, each with the accepted
                values; an empty list accepts any value. Default: none.
            scopes: The token must have one of them, in claim `scope` or `scp`. Default: none.
            identity_source: The header of the token. Default: `Authorization`.
            authorizer_name: Its name in the API. Default: one made of the first issuer's URL.

        Raises:
            TypeError: A list is given as one text, or `audiences` or `required_claims` are given
                without `issuer`.
        """
        accepted = list(issuers)
        if issuer is not None:
            claims = tuple(
                JwtClaim(
                    name=name, is_required=True, expected_values=_listed("required_claims", values)
                )
                for name, values in (required_claims or {}).items()
            )
            accepted.insert(
                0,
                JwtIssuer(issuer=issuer, audiences=_listed("audiences", audiences), claims=claims),
            )
        elif audiences or required_claims:
            raise TypeError(
                "audiences and required_claims require issuer. Pass issuer=, or JwtIssuer(...)."
            )
        return cls(
            type=AuthorizerType.JWT,
            jwt_configuration=JwtConfiguration(
                issuers=tuple(accepted), algorithms=_listed("algorithms", algorithms)
            ),
            scopes=_listed("scopes", scopes),
            identity_sources=(identity_source or IdentitySource.header("Authorization"),),
            authorizer_name=authorizer_name,
        )

    @classmethod
    def token(
        cls,
        function: IFunction,
        *,
        identity_source: str | None = None,
        validation_regex: str | None = None,
        results_cache_ttl: Duration | None = None,
        assume_role: IRole | None = None,
        authorizer_name: str | None = None,
    ) -> Authorizer:
        """Let pass whom a function allows by the token in one header.

        Args:
            function: It gets the token and returns a policy: a `Function`, an alias or version, or
                an imported one. It must not stream.
            identity_source: The header of the token. Default: `Authorization`.
            validation_regex: What a token must look like for the function to be asked at all.
                Default: anything.
            results_cache_ttl: How long API Gateway keeps the policy for a token, at most an hour.
                It then holds for every route of this authorizer, so that it must not name the
                called one alone. Default: 5 minutes.
            assume_role: The role by which API Gateway invokes the function. Default: one of the
                API's own, that may invoke the functions of its authorizers and nothing else.
            authorizer_name: Its name in the API. Default: one made of the function's path.
        """
        return cls(
            type=AuthorizerType.TOKEN,
            function=function,
            identity_sources=(identity_source or IdentitySource.header("Authorization"),),
            validation_regex=validation_regex,
            results_cache_ttl=results_cache_ttl,
            assume_role=assume_role,
            authorizer_name=authorizer_name,
        )

    @classmethod
    def request(
        cls,
        function: IFunction,
        *,
        identity_sources: Sequence[str] = (),
        results_cache_ttl: Duration | None = None,
        assume_role: IRole | None = None,
        authorizer_name: str | None = None,
    ) -> Authorizer:
        """Let pass whom a function allows by headers, query and path of the request.

        Args:
            function: It gets the request without its body and returns a policy: a `Function`, an
                alias or version, or an imported one. It must not stream.
            identity_sources: What must be in a request for the function to be asked, and by which
                its policy is kept: `IdentitySource.header("X-Tenant")`, ... Default: nothing,
                for which policies must not be kept.
            results_cache_ttl: How long API Gateway keeps a policy, at most an hour. It then holds
                for every route of this authorizer. Default: 5 minutes.
            assume_role: The role by which API Gateway invokes the function. Default: one of the
                API's own, that may invoke the functions of its authorizers and nothing else.
            authorizer_name: Its name in the API. Default: one made of the function's path.

        Raises:
            TypeError: `identity_sources` is one text, and no list of them.
        """
        return cls(
            type=AuthorizerType.REQUEST,
            function=function,
            identity_sources=_listed("identity_sources", identity_sources),
            results_cache_ttl=results_cache_ttl,
            assume_role=assume_role,
            authorizer_name=authorizer_name,
        )


def _listed(name: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Return a tuple of `texts`; type checkers take a text for a sequence of its letters."""
    if isinstance(texts, str):
        raise TypeError(f"{name} is the text {texts!r}, not a list; write {name}=[{texts!r}]")
    return tuple(texts)
