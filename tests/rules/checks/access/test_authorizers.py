"""Rules about authorizers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from streaming_construct.model.api import Route
from streaming_construct.model.authorization import Authorizer, AuthorizerType, MethodAuthorization
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import ApiKeySource
from streaming_construct.rules.checks.access.authorizers import check_authorizers
from tests.support.models import ORIGIN, new_declaration, new_route

HEADER = "method.request.header.Authorization"
GUARD = Function(id="guard", origin=SourceLocation(construct_path="Stack/Guard"))


def authorizer(kind: AuthorizerType = AuthorizerType.TOKEN, **options: Any) -> Authorizer:
    """Return a correct authorizer of a kind, changed by `options`."""
    correct: dict[str, Any] = {"type": kind, "name": "Guard", "origin": ORIGIN}
    correct["identity_sources"] = (HEADER,)
    if kind is AuthorizerType.COGNITO:
        correct["user_pools"] = ("arn:pool",)
    return Authorizer(**{**correct, **options})


def authorized(by: Authorizer | None, **access: Any) -> Route:
    return new_route(access=MethodAuthorization(authorizer=by, **access))


@pytest.mark.parametrize(
    "correct",
    [
        authorizer(),
        authorizer(AuthorizerType.COGNITO),
        authorizer(AuthorizerType.IAM, identity_sources=()),
        authorizer(AuthorizerType.REQUEST),
        authorizer(AuthorizerType.REQUEST, identity_sources=(), ttl_seconds=0),
        authorizer(
            AuthorizerType.REQUEST,
            identity_sources=("method.request.querystring.q", "context.httpMethod"),
            ttl_seconds=3600,
        ),
    ],
)
def test_a_correct_authorizer_breaks_no_rule(correct: Authorizer) -> None:
    """One of each kind."""
    assert not list(check_authorizers(new_declaration(authorized(correct))))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (authorizer(AuthorizerType.COGNITO, user_pools=()), "the authorizer has no user pool"),
        (authorizer(ttl_seconds=3601), "cannot be cached for 3601 s. Use 0 to 3600 s"),
        (authorizer(ttl_seconds=-1), "cannot be cached for -1 s"),
        (authorizer(identity_sources=("method.request.querystring.t",)), "not one header"),
        (authorizer(identity_sources=()), "the identity source is missing, not one header"),
        (
            authorizer(AuthorizerType.COGNITO, identity_sources=(HEADER, HEADER)),
            "not one header",
        ),
        (
            authorizer(AuthorizerType.REQUEST, identity_sources=("X-Tenant",)),
            "'X-Tenant' is not an identity source",
        ),
        (
            authorizer(AuthorizerType.REQUEST, identity_sources=()),
            "no identity source is the key of the cache",
        ),
    ],
)
def test_an_authorizer_that_cannot_work_is_an_error(broken: Authorizer, words: str) -> None:
    """It is reported once for all its routes."""
    (finding,) = check_authorizers(new_declaration(authorized(broken), authorized(broken)))

    assert finding.rule.id == "authorizer-invalid"
    assert finding.subject == Subject("authorizer", f"{broken.name}")
    assert words in str(finding)


def test_unknown_properties_of_an_authorizer_are_not_judged() -> None:
    """A deployment may set them."""
    unknown = authorizer(
        AuthorizerType.REQUEST,
        identity_sources=(),
        unresolved={"IdentitySource": "it is elsewhere"},
    )

    assert not list(check_authorizers(new_declaration(authorized(unknown))))


@pytest.mark.parametrize("by", [None, authorizer(), authorizer(AuthorizerType.IAM)])
def test_scopes_without_tokens_are_an_error(by: Authorizer | None) -> None:
    """API Gateway reads them only in tokens of a Cognito or a JWT authorizer."""
    findings = list(check_authorizers(new_declaration(authorized(by, scopes=("chat/read",)))))

    assert "scopes (chat/read) require a Cognito or JWT authorizer" in str(findings[-1])


@pytest.mark.parametrize(
    ("kind", "findings"),
    [(AuthorizerType.COGNITO, 1), (AuthorizerType.TOKEN, 0), (AuthorizerType.REQUEST, 0)],
)
def test_only_a_lambda_authorizer_returns_an_api_key(kind: AuthorizerType, findings: int) -> None:
    """The key must come from the authorizer, and a route requires one."""
    keyed = authorized(authorizer(kind), api_key_required=True)

    assert (
        len(list(check_authorizers(new_declaration(keyed, api_key_source=ApiKeySource.AUTHORIZER))))
        == findings
    )
    assert not list(check_authorizers(new_declaration(keyed)))


@pytest.mark.parametrize(
    ("route", "source", "findings"),
    [
        (authorized(None, api_key_required=True), ApiKeySource.AUTHORIZER, 1),
        (authorized(None, api_key_required=True), ApiKeySource.HEADER, 0),
        (authorized(None), ApiKeySource.AUTHORIZER, 0),
        (authorized(authorizer(), api_key_required=True), ApiKeySource.AUTHORIZER, 0),
    ],
)
def test_a_key_from_an_authorizer_requires_an_authorizer(
    route: Route, source: ApiKeySource, findings: int
) -> None:
    """Without one, API Gateway rejects every request."""
    api = new_declaration(route, api_key_source=source)

    assert len(list(check_authorizers(api))) == findings


@pytest.mark.parametrize(("streams", "findings"), [(True, 1), (False, 0), (None, 0)])
def test_an_authorizer_that_streams_is_an_error(streams: bool | None, findings: int) -> None:
    """The policy must be one response. It is often unknown whether a function streams."""
    api = new_declaration(
        authorized(authorizer(function="guard")), functions=[replace(GUARD, is_streaming=streams)]
    )

    assert len(list(check_authorizers(api))) == findings
