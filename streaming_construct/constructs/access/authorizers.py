"""Who may call the routes of one API: authorizers as plain data, and the role that invokes them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from aws_cdk import Duration
from aws_cdk.aws_iam import IRole
from constructs import Construct

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import AUTHORIZER_TTL_DEFAULT_SECONDS
from streaming_construct.constructs.access.authorizer import Authorizer
from streaming_construct.constructs.access.usage_plan import UsagePlanValidation
from streaming_construct.constructs.cdk.durations import duration_token_findings, milliseconds
from streaming_construct.constructs.cdk.validation import argument_type_findings
from streaming_construct.constructs.functions.function_reader import (
    FunctionInfo,
    FunctionReader,
    cross_account_findings,
)
from streaming_construct.constructs.integrations.invoke_role import invoke_role, role_findings
from streaming_construct.constructs.integrations.lambda_integrations import LambdaIntegrations
from streaming_construct.model import api as model
from streaming_construct.model.authorization import Authorizer as AuthorizerModel
from streaming_construct.model.authorization import AuthorizerType, MethodAuthorization
from streaming_construct.model.cors import Cors
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.openapi.rest_api_body.security_schemes import API_KEY
from streaming_construct.rules.checks.authorizers import (
    AUTHORIZER_INVALID,
    authorizers_of,
    cors_access_findings,
)
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.access import AUTHORIZER_CONFLICT

_SAFE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_KINDS: Final = {
    AuthorizerType.TOKEN: "Token",
    AuthorizerType.REQUEST: "Request",
    AuthorizerType.COGNITO: "Cognito",
}


def authorizer_type_findings(authorizer: object, subject: Subject) -> Iterator[Finding]:
    """Yield a finding where what is given for an authorizer is none."""
    if authorizer is not None and not isinstance(authorizer, Authorizer):
        yield AUTHORIZER_INVALID.at(
            subject,
            f"its authorizer is {authorizer!r}",
            fix="Write Authorizer.cognito(...), .iam(), .token(...), .request(...) or .none().",
        )


class AuthorizerReader:
    """Reads who may call the routes of one API, each authorizer once; nothing is created.

    `default` is what holds for a route of which nothing is said; it does not hold for a route of
    method OPTIONS, since preflights carry no credentials. `handlers` are the functions of
    authorizers, by their ARN.
    """

    def __init__(self, handlers: FunctionReader) -> None:
        self._handlers = handlers
        self._read: dict[Authorizer, tuple[MethodAuthorization, list[Finding]]] = {}
        self.default = MethodAuthorization()
        self.handlers: dict[str, FunctionInfo] = {}
        self.roles: dict[AuthorizerModel, IRole | None] = {}

    def read_default(
        self, authorizer: Authorizer | None, *, api_key_required: bool
    ) -> list[Finding]:
        """Read what is said of the API, or say why it cannot be."""
        found = self.read(authorizer, Subject("API"))
        if isinstance(authorizer, Authorizer) and authorizer.type is None:
            found.append(
                AUTHORIZER_INVALID.at(
                    Subject("API"),
                    "Authorizer.none() as its authorizer says nothing",
                    fix="Leave it out, or say it of single routes.",
                )
            )
        access = self._resolve(authorizer) if authorizer is not None else MethodAuthorization()
        self.default = replace(access, api_key_required=bool(api_key_required))
        return found

    def read(self, authorizer: Authorizer | None, subject: Subject) -> list[Finding]:
        """Read an authorizer, if it was not yet, and return what is wrong with it."""
        if authorizer is None:
            return []
        if wrong := list(authorizer_type_findings(authorizer, subject)):
            return wrong
        if authorizer not in self._read:
            self._read[authorizer] = self._access(authorizer, subject)
        return list(self._read[authorizer][1])

    def method_authorization(
        self, method: str, authorizer: Authorizer | None, *, api_key_required: bool | None
    ) -> MethodAuthorization:
        """Return who may call a route of which this is said; None where nothing is.

        An authorizer that was not read lets everybody pass, and so does a wrong one.
        """
        access = MethodAuthorization() if method == "OPTIONS" else self.default
        if authorizer is not None:
            own = self._resolve(authorizer)
            access = replace(access, authorizer=own.authorizer, scopes=own.scopes)
        if api_key_required is not None:
            access = replace(access, api_key_required=api_key_required)
        return access

    def functions(self) -> dict[str, Function]:
        """Return the functions of authorizers, by their ARN, for the rules to look at."""
        return {arn: handler.model for arn, handler in self.handlers.items()}

    def _resolve(self, authorizer: Authorizer) -> MethodAuthorization:
        # What is no authorizer at all was refused, and may not even be hashable.
        known = isinstance(authorizer, Authorizer) and authorizer in self._read
        return self._read[authorizer][0] if known else MethodAuthorization()

    def _access(
        self, authorizer: Authorizer, subject: Subject
    ) -> tuple[MethodAuthorization, list[Finding]]:
        if authorizer.type is None:
            return MethodAuthorization(), []
        found = list(_argument_findings(authorizer, subject))
        if found:
            return MethodAuthorization(), found
        ttl_ms = milliseconds(authorizer.results_cache_ttl)
        found += duration_token_findings(
            authorizer.results_cache_ttl, ttl_ms, "results_cache_ttl", subject
        )
        known = None
        if authorizer.type in (AuthorizerType.TOKEN, AuthorizerType.REQUEST):
            known, problems = self._handlers.read(
                authorizer.function, Subject("authorizer of", str(subject))
            )
            found += problems
            if known is None:
                return MethodAuthorization(), found
            self.handlers[known.arn] = known
        read = AuthorizerModel(
            type=authorizer.type,
            name=authorizer.authorizer_name or _name(authorizer),
            origin=SourceLocation(),
            function=known.arn if known else None,
            identity_sources=authorizer.identity_sources,
            validation_expression=authorizer.validation_regex,
            ttl_seconds=AUTHORIZER_TTL_DEFAULT_SECONDS if ttl_ms is None else ttl_ms // 1000,
            user_pools=tuple(pool.user_pool_arn for pool in authorizer.user_pools),
        )
        found += self._name_findings(read, authorizer, subject)
        if not found:
            self.roles[read] = authorizer.assume_role
        return MethodAuthorization(authorizer=read, scopes=authorizer.scopes), found

    def _name_findings(
        self, read: AuthorizerModel, authorizer: Authorizer, subject: Subject
    ) -> Iterator[Finding]:
        """Yield a finding where another scheme of the API has the same name."""
        if read.name == API_KEY:
            yield AUTHORIZER_CONFLICT.at(
                subject,
                f"{API_KEY} is how the API calls the scheme of its API keys",
                fix="Give the authorizer another name.",
            )
        for other, role in self.roles.items():
            same = other == read and role is authorizer.assume_role
            if other.name == read.name and not same:
                yield AUTHORIZER_CONFLICT.at(
                    subject,
                    f"the API has another authorizer {read.name} with other settings",
                    fix="Use the same Authorizer for both, or give each an authorizer_name.",
                )


class AuthorizerInvokeGrants:
    """Lets API Gateway invoke the authorizers of one API that are functions."""

    def __init__(
        self,
        api: Construct,
        reader: AuthorizerReader,
        integrations: LambdaIntegrations,
        cors: Cors | None,
    ) -> None:
        self._api, self._cors = api, cors
        self._reader = reader
        self._integrations = integrations
        self._granted: dict[AuthorizerModel, AuthorizerModel] = {}
        self._credentials: dict[IRole | None, str] = {}
        self._arns: dict[IRole | None, list[str]] = {}
        self._in_use: set[AuthorizerModel] = set()
        self._needs_usage_plan = False

    def with_invoke_role(self, access: MethodAuthorization) -> MethodAuthorization:
        """Return `access` with how its authorizer is invoked, by a role that is made if need be."""
        authorizer = access.authorizer
        if authorizer is None or authorizer.function is None:
            return access
        if authorizer not in self._granted:
            self._granted[authorizer] = self._invoked(authorizer)
        return replace(access, authorizer=self._granted[authorizer])

    def register(self, routes: Collection[model.Route]) -> Iterator[Finding]:
        """Yield what callers of `routes` may miss; see that who needs a key can have one."""
        yield from cors_access_findings(routes, self._cors)
        for authorizer in dict.fromkeys(authorizers_of(routes)):
            if authorizer.function is not None and authorizer not in self._in_use:
                self._in_use.add(authorizer)
                handler = self._reader.handlers[authorizer.function]
                yield from cross_account_findings(handler, self._integrations.account)
        if not self._needs_usage_plan and any(each.access.api_key_required for each in routes):
            self._needs_usage_plan = True
            self._api.node.add_validation(UsagePlanValidation(self._api))

    def _invoked(self, authorizer: AuthorizerModel) -> AuthorizerModel:
        handler = self._reader.handlers[authorizer.function or ""]
        role = self._reader.roles[authorizer]
        arns = self._arns.setdefault(role, [])
        if handler.arn not in arns:
            arns.append(handler.arn)
        if role not in self._credentials:
            made = invoke_role(
                self._api,
                role,
                lambda: sorted(arns),
                role_id="AuthorizerRole",
                description="Lets API Gateway invoke the authorizers of one streaming REST API",
                actions=["lambda:InvokeFunction"],
            )
            self._credentials[role] = made.role_arn
        return replace(
            authorizer,
            uri=self._integrations.uri(handler, TransferMode.BUFFERED),
            credentials=self._credentials[role],
        )


def _argument_findings(authorizer: Authorizer, subject: Subject) -> Iterator[Finding]:
    of = Subject("authorizer of", str(subject))
    yield from argument_type_findings(
        of, results_cache_ttl=(authorizer.results_cache_ttl, Duration)
    )
    yield from role_findings(authorizer.assume_role, of)
    name = authorizer.authorizer_name
    if name is not None and not _SAFE_NAME.fullmatch(name):
        yield AUTHORIZER_INVALID.at(
            subject,
            f"its authorizer's name {name!r} may not be one that API Gateway takes",
            fix="Use letters, digits, - and _, at most 128 of them.",
        )
    for pool in authorizer.user_pools:
        if not hasattr(pool, "user_pool_arn"):
            yield AUTHORIZER_INVALID.at(
                subject,
                f"its authorizer is given {pool!r} for a user pool",
                fix="Pass the user pool itself, or one imported by UserPool.from_user_pool_arn.",
            )


def _name(authorizer: Authorizer) -> str:
    """Make a name of letters and digits that stays as long as the pool or function does."""
    kind = _KINDS.get(authorizer.type or AuthorizerType.IAM, "")
    named = authorizer.function or next(iter(authorizer.user_pools), None)
    path = named.node.path.partition("/")[2] if named is not None else ""
    return kind + re.sub(r"[^A-Za-z0-9]", "", path)
