"""Authorizers that cannot work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations as AnnotationsFound
from aws_cdk.assertions import Match
from aws_cdk.aws_apigateway import IdentitySource

from streaming_construct import Authorizer, StreamingRestApi
from tests.constructs.access.authorized_api import ANY, api_with, security_of
from tests.support.synthesis import new_function, new_stack, resources, synthesize


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            lambda _: {"authorizer": Authorizer.cognito()},
            "authorizer Cognito: the authorizer has no user",
        ),
        (lambda _: {"authorizer": Authorizer.none()}, "Authorizer.none() as its authorizer"),
        (
            lambda _: {"authorizer": "IAM"},
            "authorizer is 'IAM', not an Authorizer. Write Authorizer.cognito",
        ),
        (
            lambda stack: {"authorizer": Authorizer.cognito(new_function(stack, "Not"))},  # type: ignore[arg-type] # on purpose
            "among its user pools. Pass the user pool itself",
        ),
        (
            lambda _: {"authorizer": Authorizer.token("arn")},  # type: ignore[arg-type] # on purpose
            "authorizer of the API: the handler is the text 'arn'",
        ),
        (
            lambda stack: {
                "authorizer": Authorizer.token(
                    new_function(stack, "G"), results_cache_ttl=Duration.hours(2)
                )
            },
            "cannot be cached for 7200 s",
        ),
        (
            lambda stack: {
                "authorizer": Authorizer.token(
                    new_function(stack, "G"), identity_source=IdentitySource.query_string("t")
                )
            },
            "not one header",
        ),
        (
            lambda stack: {"authorizer": Authorizer.request(new_function(stack, "G"))},
            "no identity source is the key of the cache",
        ),
        (
            lambda stack: {
                "authorizer": Authorizer.token(new_function(stack, "G"), assume_role="arn")  # type: ignore[arg-type] # on purpose
            },
            "role is 'arn', not a role",
        ),
        (
            lambda stack: {
                "authorizer": Authorizer.token(
                    new_function(stack, "G"), authorizer_name="the guard"
                )
            },
            "the authorizer name 'the guard' is not valid",
        ),
        (lambda _: {"api_key_source_type": "HEADER"}, "not an ApiKeySourceType"),
        (lambda _: {"request_validator_options": True}, "not a RequestValidatorOptions"),
    ],
)
def test_an_api_that_cannot_work_is_an_error(stack: Stack, options: Any, words: str) -> None:
    """No resource is created."""
    arguments = options(stack)

    with pytest.raises(ValueError, match=r"^Stack/Api: 1 problem, nothing") as rejected:
        api_with(stack, **arguments)

    assert words in str(rejected.value)
    assert not resources(synthesize(stack), "AWS::ApiGateway::RestApi")


def test_a_function_of_another_account_gets_a_warning() -> None:
    """The warning names the policy that the function needs."""
    stack = new_stack(account="111122223333", region="eu-west-1")
    arn = "arn:aws:lambda:eu-west-1:444455556666:function:guard"
    guard = lambda_.Function.from_function_arn(stack, "Guard", arn)
    api_with(stack, authorizer=Authorizer.token(guard))

    AnnotationsFound.from_stack(stack).has_warning(
        "/Stack/Api", Match.string_like_regexp("belongs to account 444455556666")
    )


def test_a_function_that_streams_cannot_authorize(stack: Stack, tmp_path: Path) -> None:
    """The authorizer of the API cannot stream, either."""
    from streaming_construct import PythonStreamingFunction

    (tmp_path / "app.py").write_text("async def app(scope, receive, send): ...\n")
    web = PythonStreamingFunction(stack, "Web", entry=tmp_path, handler="app.app")

    with pytest.raises(ValueError, match="the function Stack/Web streams"):
        StreamingRestApi(stack, "Api", handler=web, authorizer=Authorizer.token(web))


def test_two_authorizers_with_one_name_are_an_error(stack: Stack) -> None:
    """The route is not added. With another name it is."""
    guard = new_function(stack, "Guard")
    api = api_with(stack, authorizer=Authorizer.token(guard))
    ttl = Duration.seconds(0)

    with pytest.raises(ValueError, match="the API has another authorizer TokenGuard"):
        api.add_route("/a", authorizer=Authorizer.token(guard, results_cache_ttl=ttl))

    second = Authorizer.token(guard, results_cache_ttl=ttl, authorizer_name="Other")
    api.add_route("/a", authorizer=second)
    assert security_of(synthesize(stack), "/a", ANY) == [{"Other": []}]


def test_the_name_of_the_api_key_scheme_is_reserved(stack: Stack) -> None:
    """An authorizer with this name would replace it."""
    guard = Authorizer.token(new_function(stack, "Guard"), authorizer_name="ApiKey")

    with pytest.raises(ValueError, match="ApiKey is the name of the security scheme"):
        api_with(stack, authorizer=guard)
