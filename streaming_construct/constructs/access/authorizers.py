"""The authorizers of one API as plain data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from aws_cdk import Duration, Token
from aws_cdk.aws_iam import IRole

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import AUTHORIZER_TTL_DEFAULT_SECONDS
from streaming_construct.constructs.access.authorizer import Authorizer
from streaming_construct.constructs.access.invoke_grants import AuthorizerInvokeGrants
from streaming_construct.constructs.cdk.durations import (
    check_duration_token,
    convert_to_milliseconds,
)
from streaming_construct.constructs.cdk.names import create_name
from streaming_construct.constructs.cdk.validation import check_argument_types
from streaming_construct.constructs.functions.function_reader import (
    FunctionInfo,
    FunctionReader,
    check_account,
)
from streaming_construct.constructs.integrations.invoke_role import check_role
from streaming_construct.constructs.integrations.lambda_integrations import LambdaIntegrations
from streaming_construct.model import api as model
from streaming_construct.model.authorization import Authorizer as AuthorizerModel
from streaming_construct.model.authorization import AuthorizerType, MethodAuthorization
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.openapi.rest_api_body.security_schemes import API_KEY
from streaming_construct.rules.checks.access.authorizers import AUTHORIZER_INVALID, list_authorizers
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.access import AUTHORIZER_CONFLICT

_SAFE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_NAME_MAX_LENGTH: Final = 128
_KINDS: Final = {
    AuthorizerType.TOKEN: "Token",
    AuthorizerType.REQUEST: "Request",
    AuthorizerType.COGNITO: "Cognito",
    AuthorizerType.JWT: "Jwt",
}


def check_authorizer_type(authorizer: object, subject: Subject) -> Iterator[Finding]:
    """Yield a finding if the value is not an `Authorizer`."""
    if authorizer is not None and not isinstance(authorizer, Authorizer):
        yield AUTHORIZER_INVALID.at(
            subject,
            f"authorizer is {authorizer!r}, not an Authorizer",
            fix="Write Authorizer.cognito(...), .iam(), .token(...), .request(...) or .none().",
        )


class Authorizers:
    """The authorizers of one API as its methods use them. It creates no construct.

    `default` is the authorization of routes that state none. It does not apply to routes of method
    OPTIONS, because preflight requests carry no credentials.
    """

    def __init__(
        self,
        functions: FunctionReader,
        integrations: LambdaIntegrations,
        grants: AuthorizerInvokeGrants,
    ) -> None:
        self._functions = functions
        self._integrations = integrations
        self._grants = grants
        self._bound: dict[Authorizer, tuple[MethodAuthorization, list[Finding]]] = {}
        self._invoked: dict[AuthorizerModel, tuple[FunctionInfo, IRole | None]] = {}
        self._by_name: dict[str, AuthorizerModel] = {}
        self._in_use: set[AuthorizerModel] = set()
        self.default = MethodAuthorization()

    @property
    def functions(self) -> dict[str, Function]:
        """The functions of authorizers by their ARN, for rules."""
        return {function.arn: function.model for function, _ in self._invoked.values()}

    def bind_default(
        self, authorizer: Authorizer | None, *, api_key_required: bool
    ) -> list[Finding]:
        """Bind the authorizer of routes that state none; return what is wrong with it."""
        problems = self.bind(authorizer, Subject("API"))
        if isinstance(authorizer, Authorizer) and authorizer.type is None:
            problems.append(
                AUTHORIZER_INVALID.at(
                    Subject("API"),
                    "Authorizer.none() as its authorizer says nothing",
                    fix="Remove it, or pass it to single routes.",
                )
            )
        access = self._bind_authorizer(authorizer)
        self.default = replace(access, api_key_required=bool(api_key_required))
        return problems

    def bind(self, authorizer: Authorizer | None, subject: Subject) -> list[Finding]:
        """Prepare an authorizer for `read_method_authorization`; return what is wrong with it.

        An authorizer is read once, and so are its findings, however many routes have it.
        """
        if authorizer is None:
            return []
        if type_errors := list(check_authorizer_type(authorizer, subject)):
            return type_errors
        if authorizer not in self._bound:
            self._bound[authorizer] = self._read(authorizer, subject)
        return list(self._bound[authorizer][1])

    def read_method_authorization(
        self, method: str, authorizer: Authorizer | None, *, api_key_required: bool | None
    ) -> MethodAuthorization:
        """Return the authorization of a method; None stands for what the API states.

        An authorizer that is not bound, or is wrong, authorizes nothing.
        """
        access = MethodAuthorization() if method == "OPTIONS" else self.default
        if authorizer is not None:
            authorization = self._bind_authorizer(authorizer)
            access = replace(
                access, authorizer=authorization.authorizer, scopes=authorization.scopes
            )
        if api_key_required is not None:
            access = replace(access, api_key_required=api_key_required)
        return access

    def grant_invoke(self, routes: Iterable[model.Route]) -> Iterator[Finding]:
        """Let API Gateway invoke the authorizers of `routes`; yield what to warn of."""
        for authorizer in dict.fromkeys(list_authorizers(routes)):
            if authorizer in self._invoked and authorizer not in self._in_use:
                self._in_use.add(authorizer)
                function, role = self._invoked[authorizer]
                self._grants.grant(function.arn, role)
                yield from check_account(function, self._integrations.account)

    def _bind_authorizer(self, authorizer: Authorizer | None) -> MethodAuthorization:
        # A value of another type was reported, and may not be hashable.
        is_bound = isinstance(authorizer, Authorizer) and authorizer in self._bound
        return self._bound[authorizer][0] if authorizer and is_bound else MethodAuthorization()

    def _read(
        self, authorizer: Authorizer, subject: Subject
    ) -> tuple[MethodAuthorization, list[Finding]]:
        if authorizer.type is None:
            return MethodAuthorization(), []
        problems = list(_check_arguments(authorizer, subject))
        if problems:
            return MethodAuthorization(), problems
        ttl_ms = convert_to_milliseconds(authorizer.results_cache_ttl)
        problems += check_duration_token(
            authorizer.results_cache_ttl, ttl_ms, "results_cache_ttl", subject
        )
        function = None
        if authorizer.type in (AuthorizerType.TOKEN, AuthorizerType.REQUEST):
            function, unreadable = self._functions.read(
                authorizer.function, Subject("authorizer of", str(subject))
            )
            problems += unreadable
            if function is None:
                return MethodAuthorization(), problems
        bound = AuthorizerModel(
            type=authorizer.type,
            name=authorizer.authorizer_name or _build_name(authorizer),
            origin=SourceLocation(),
            function=function.arn if function else None,
            identity_sources=authorizer.identity_sources,
            validation_expression=authorizer.validation_regex,
            ttl_seconds=AUTHORIZER_TTL_DEFAULT_SECONDS if ttl_ms is None else ttl_ms // 1000,
            jwt=authorizer.jwt_configuration,
            user_pools=tuple(pool.user_pool_arn for pool in authorizer.user_pools),
            uri=self._integrations.build_uri(function, TransferMode.BUFFERED) if function else None,
            credentials=self._grants.resolve_credentials(authorizer.assume_role)
            if function
            else None,
        )
        problems += self._check_name(bound, subject)
        if not problems:
            self._by_name[bound.name] = bound
        if function is not None:
            self._invoked[bound] = function, authorizer.assume_role
        return MethodAuthorization(authorizer=bound, scopes=authorizer.scopes), problems

    def _check_name(self, bound: AuthorizerModel, subject: Subject) -> Iterator[Finding]:
        """Yield a finding where another security scheme of the API has the same name."""
        if bound.name == API_KEY:
            yield AUTHORIZER_CONFLICT.at(
                subject,
                f"{API_KEY} is the name of the security scheme of API keys",
                fix="Give the authorizer another name.",
            )
        if self._by_name.get(bound.name, bound) != bound:
            yield AUTHORIZER_CONFLICT.at(
                subject,
                f"the API has another authorizer {bound.name} with other settings",
                fix="Use the same Authorizer for both, or give each an authorizer_name.",
            )


def _check_arguments(authorizer: Authorizer, subject: Subject) -> Iterator[Finding]:
    authorizer_subject = Subject("authorizer of", str(subject))
    yield from check_argument_types(
        authorizer_subject, results_cache_ttl=(authorizer.results_cache_ttl, Duration)
    )
    yield from check_role(authorizer.assume_role, authorizer_subject)
    name = authorizer.authorizer_name
    if name is not None and not _SAFE_NAME.fullmatch(name):
        yield AUTHORIZER_INVALID.at(
            subject,
            f"the authorizer name {name!r} is not valid",
            fix="Use letters, digits, - and _, at most 128 of them.",
        )
    for pool in authorizer.user_pools:
        if not hasattr(pool, "user_pool_arn"):
            yield AUTHORIZER_INVALID.at(
                subject,
                f"the authorizer has {pool!r} among its user pools",
                fix="Pass the user pool itself, or one imported by UserPool.from_user_pool_arn.",
            )


def _build_name(authorizer: Authorizer) -> str:
    """Make a name of letters and digits that stays as long as the pool or function does."""
    kind = _KINDS.get(authorizer.type or AuthorizerType.IAM, "")
    if authorizer.jwt_configuration is not None:
        issuer = next((item.issuer for item in authorizer.jwt_configuration.issuers), "")
        # The number of a token is not the same in each synthesis.
        url = "" if Token.is_unresolved(issuer) else issuer.partition("://")[2]
        return _join_name(kind, url)
    resource_name = authorizer.function or next(iter(authorizer.user_pools), None)
    path = resource_name.node.path.partition("/")[2] if resource_name is not None else ""
    return _join_name(kind, path)


def _join_name(kind: str, text: str) -> str:
    name = kind + re.sub(r"[^A-Za-z0-9]", "", text)
    return create_name(name, max_length=_NAME_MAX_LENGTH)
