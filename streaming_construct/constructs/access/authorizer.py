"""`Authorizer`: an authorizer of the requests to an API's routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk.aws_apigateway import IdentitySource
from aws_cdk.aws_iam import IRole

from streaming_construct.constructs.cdk.validation import is_text_list, list_texts
from streaming_construct.model.authorization import AuthorizerType
from streaming_construct.model.jwt_configuration import JwtClaim, JwtConfiguration, JwtIssuer

if TYPE_CHECKING:
    # Importing these takes a third of a synthesis, and only annotations name them.
    from aws_cdk.aws_cognito import IUserPool
    from aws_cdk.aws_lambda import IFunction


@dataclass(frozen=True, kw_only=True, eq=False)
class Authorizer:
    """An authorizer of requests, created by one of the class methods.

    CDK's authorizers attach to the methods of its `RestApi`, and an OpenAPI body has none. The
    arguments have CDK's names. Any number of routes and APIs may use one authorizer.

    Attributes:
        type: The type in API Gateway. None allows all requests.
        authorizer_name: Its name in the API.
        user_pools: The pools whose tokens are valid.
        jwt_configuration: The issuers and algorithms of a JWT authorizer.
        scopes: The scopes; a token must have one of them.
        function: The Lambda authorizer function.
        identity_sources: The parts of the request that identify the caller.
        validation_regex: A pattern that the token must match.
        results_cache_ttl: How long API Gateway caches a result.
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

    def __post_init__(self) -> None:
        """Check the types of the texts, which CDK passes on without their names."""
        texts = [
            ("authorizer_name", self.authorizer_name),
            ("validation_regex", self.validation_regex),
            *(("identity_source", source) for source in self.identity_sources),
        ]
        for name, value in texts:
            _check_text(name, value)

    @classmethod
    def none(cls) -> Authorizer:
        """Return an authorizer that allows all requests, for an open route of the API."""
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
            scopes: An access token must have one of them. Default: none, and API Gateway requires
                an ID token.
            identity_source: The header of the token. Default: `Authorization`.
            results_cache_ttl: How long API Gateway caches a result, at most an hour.
                Default: 5 minutes.
            authorizer_name: Its name in the API. Default: one made of the first pool's path.

        Raises:
            TypeError: `scopes` is a string, not a list.
        """
        return cls(
            type=AuthorizerType.COGNITO,
            user_pools=user_pools,
            scopes=_read_strings("scopes", scopes),
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
        """Return an authorizer that allows requests with a token of an OpenID Connect issuer.

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
            TypeError: A list is a string, or `audiences` or `required_claims` lack an `issuer`.
        """
        accepted = list(issuers)
        _check_text("issuer", issuer)
        if not isinstance(required_claims or {}, Mapping):
            raise TypeError(f"required_claims is {required_claims!r}, not a dict of lists")
        if issuer is not None:
            claims = tuple(
                JwtClaim(
                    name=name,
                    is_required=True,
                    expected_values=_read_strings("required_claims", values),
                )
                for name, values in (required_claims or {}).items()
            )
            accepted.insert(
                0,
                JwtIssuer(
                    issuer=issuer, audiences=_read_strings("audiences", audiences), claims=claims
                ),
            )
        elif audiences or required_claims:
            raise TypeError(
                "audiences and required_claims require issuer. Pass issuer=, or JwtIssuer(...)."
            )
        return cls(
            type=AuthorizerType.JWT,
            jwt_configuration=JwtConfiguration(
                issuers=tuple(accepted), algorithms=_read_strings("algorithms", algorithms)
            ),
            scopes=_read_strings("scopes", scopes),
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
        """Return an authorizer whose function decides by the token in one header.

        Args:
            function: The function that gets the token and returns a policy: a `Function`, an alias
                or version, or an imported one. It must not stream.
            identity_source: The header of the token. Default: `Authorization`.
            validation_regex: A pattern that the token must match; otherwise API Gateway rejects
                the request without invoking the function. Default: any token.
            results_cache_ttl: How long API Gateway caches the policy for a token, at most an hour.
                A cached policy applies to every route of this authorizer, so it must allow more
                than the requested route. Default: 5 minutes.
            assume_role: The role by which API Gateway invokes the function. Default: a role of the
                API that may invoke only the functions of its authorizers.
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
        """Return an authorizer whose function decides by headers, query and path.

        Args:
            function: The function that gets the request without its body and returns a policy: a
                `Function`, an alias or version, or an imported one. It must not stream.
            identity_sources: The parts that a request must have, and the key of cached policies:
                `IdentitySource.header("X-Tenant")`, ... Default: none, which rules out caching.
            results_cache_ttl: How long API Gateway caches a policy, at most an hour. A cached
                policy applies to every route of this authorizer. Default: 5 minutes.
            assume_role: The role by which API Gateway invokes the function. Default: a role of the
                API that may invoke only the functions of its authorizers.
            authorizer_name: Its name in the API. Default: one made of the function's path.

        Raises:
            TypeError: `identity_sources` is a string, not a list.
        """
        return cls(
            type=AuthorizerType.REQUEST,
            function=function,
            identity_sources=_read_strings("identity_sources", identity_sources),
            results_cache_ttl=results_cache_ttl,
            assume_role=assume_role,
            authorizer_name=authorizer_name,
        )


def _check_text(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} is {value!r}, not a text")


def _read_strings(name: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Return a tuple of `texts`. Type checkers accept a string as a sequence of strings."""
    if isinstance(texts, str):
        raise TypeError(f"{name} is the text {texts!r}, not a list; write {name}=[{texts!r}]")
    if not is_text_list(texts):
        raise TypeError(f"{name} is {texts!r}, not a list of texts")
    return tuple(list_texts(texts))
