"""Authorizers in the template of a construct."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Stack, aws_cognito, aws_iam
from aws_cdk import aws_lambda as lambda_

from streaming_construct import Authorizer, StreamingRestApi
from streaming_construct.constructs.rest_api.shared_operations import MIN_OCCURRENCES
from tests.constructs.access.authorized_api import (
    ANY,
    AUTHORIZER,
    AUTHTYPE,
    as_deployed,
    scheme,
    security_of,
)
from tests.constructs.rest_api.test_jsii_calls import count_calls
from tests.openapi.conversion.import_rules import findings as import_findings
from tests.support.synthesis import (
    Template,
    body_of,
    new_function,
    new_stack,
    resources,
    synthesize,
)

ROOT = Path(__file__).parents[3]
POOL_ARN = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_abc"


def test_an_authorizer_is_one_security_scheme_for_all_its_routes(several: Template) -> None:
    """Its name has the path of the pool or function. Scopes do not change it."""
    names = body_of(several)["components"]["securitySchemes"].keys()

    assert names == {
        "ApiKey",
        "CognitoUsers",
        "Iam",
        "RequestGuardCurrentVersion",
        "TokenGuard",
    }


@pytest.mark.parametrize(
    ("path", "method", "security"),
    [
        ("/", ANY, [{"CognitoUsers": []}]),
        ("/{proxy+}", ANY, [{"CognitoUsers": []}]),
        ("/same", "get", [{"CognitoUsers": []}]),
        ("/scoped", "get", [{"CognitoUsers": ["chat/read"]}]),
        ("/open", "get", None),
        ("/signed/{id}", "get", [{"Iam": []}]),
        ("/token", "get", [{"TokenGuard": []}]),
        ("/request", "get", [{"RequestGuardCurrentVersion": []}]),
        ("/metered", "get", [{"CognitoUsers": []}, {"ApiKey": []}]),
    ],
)
def test_a_route_has_its_authorizer_or_that_of_the_api(
    several: Template, path: str, method: str, security: Any
) -> None:
    """`Authorizer.none()` removes it."""
    assert security_of(several, path, method) == security


@pytest.mark.parametrize("path", ["/", "/{proxy+}", "/metered", "/token", "/own-preflight"])
def test_no_preflight_is_authorized(several: Template, path: str) -> None:
    """Neither that of CORS, nor the OPTIONS route of a function below an API with an
    authorizer."""
    assert security_of(several, path, "options") is None


def test_an_options_route_may_have_an_authorizer(several: Template) -> None:
    """The route names it."""
    assert security_of(several, "/signed/{id}", "options") == [{"Iam": []}]


def test_iam_is_a_scheme_without_an_authorizer(several: Template) -> None:
    """Only the type of the scheme names it."""
    assert scheme(several, "Iam") == {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        AUTHTYPE: "awsSigv4",
    }


def test_cognito_names_its_pools(several: Template) -> None:
    """The scheme has their ARNs, and needs no role."""
    (pool,) = resources(several, "AWS::Cognito::UserPool")

    assert scheme(several, "CognitoUsers") == {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        AUTHTYPE: "cognito_user_pools",
        AUTHORIZER: {
            "type": "cognito_user_pools",
            "providerARNs": [{"Fn::GetAtt": [pool, "Arn"]}],
        },
    }


def test_a_token_authorizer_is_invoked_by_a_role(several: Template) -> None:
    """The scheme has the validation expression and the TTL of cached results."""
    definition = scheme(several, "TokenGuard")[AUTHORIZER]
    uri = definition.pop("authorizerUri")["Fn::Join"][1]

    assert uri[-3] == ":lambda:path/2015-03-31/functions/"
    assert uri[-1] == "/invocations"
    assert definition == {
        "type": "token",
        "authorizerCredentials": {"Fn::GetAtt": [role_id(several), "Arn"]},
        "identityValidationExpression": "^Bearer .+$",
        "authorizerResultTtlInSeconds": 60,
    }


def test_a_request_authorizer_names_its_sources(several: Template) -> None:
    """The identity sources are in order."""
    definition = scheme(several, "RequestGuardCurrentVersion")

    assert definition["name"] == "Unused"
    assert (
        definition[AUTHORIZER]["identitySource"]
        == "method.request.header.X-T, method.request.querystring.q"
    )


def test_the_role_may_invoke_exactly_the_authorizers(several: Template) -> None:
    """The policy names the function and the version. The invoke role of the API names
    neither."""
    functions = [n for n in resources(several, "AWS::Lambda::Function") if "Guard" in n]
    (version,) = resources(several, "AWS::Lambda::Version")
    role = several["Resources"][role_id(several)]["Properties"]
    (policy,) = role["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    integration_role = next(n for n in several["Resources"] if n.startswith("ApiRole"))

    assert statement["Action"] == "lambda:InvokeFunction"
    assert sorted(statement["Resource"], key=str) == [
        {"Fn::GetAtt": [functions[0], "Arn"]},
        {"Ref": version},
    ]
    assert "Guard" not in json.dumps(several["Resources"][integration_role])


def test_the_body_keeps_to_the_rules_of_the_import(several: Template) -> None:
    """Intrinsic functions are replaced by values first."""
    assert import_findings(as_deployed(body_of(several))) == []


def test_an_api_without_authorizers_has_no_schemes_and_no_role(stack: Stack) -> None:
    """Neither schemes nor a role."""
    StreamingRestApi(stack, "Api", handler=new_function(stack))
    template = synthesize(stack)

    assert "components" not in body_of(template)
    assert not [name for name in template["Resources"] if "AuthorizerRole" in name]


def test_a_given_role_is_assumed(stack: Stack) -> None:
    """The role receives the permission to invoke the function."""
    role = aws_iam.Role(
        stack, "Mine", assumed_by=aws_iam.ServicePrincipal("apigateway.amazonaws.com")
    )
    guard = new_function(stack, "Guard")
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        authorizer=Authorizer.token(guard, assume_role=role),
    )
    template = synthesize(stack)
    (mine,) = (name for name in resources(template, "AWS::IAM::Role") if "Mine" in name)
    policies = json.dumps(resources(template, "AWS::IAM::Policy"))

    assert scheme(template, "TokenGuard")[AUTHORIZER]["authorizerCredentials"] == {
        "Fn::GetAtt": [mine, "Arn"]
    }
    assert '"lambda:InvokeFunction"' in policies
    assert not [name for name in template["Resources"] if "AuthorizerRole" in name]


def test_imported_pools_and_functions_authorize_too(stack: Stack) -> None:
    """Their ARNs are unchanged."""
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:guard:live"
    guard = lambda_.Function.from_function_arn(stack, "Guard", arn)
    pool = aws_cognito.UserPool.from_user_pool_arn(stack, "Users", POOL_ARN)
    api = StreamingRestApi(
        stack, "Api", handler=new_function(stack), authorizer=Authorizer.cognito(pool)
    )
    api.add_route("/guarded", authorizer=Authorizer.token(guard))
    template = synthesize(stack)

    assert scheme(template, "CognitoUsers")[AUTHORIZER]["providerARNs"] == [POOL_ARN]
    role = template["Resources"][role_id(template)]["Properties"]
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == [arn]


def test_a_route_added_after_a_synthesis_has_its_authorizer(stack: Stack) -> None:
    """Reading the policy of the role before does not matter."""
    first, second = (new_function(stack, name) for name in ("First", "Second"))
    api = StreamingRestApi(
        stack, "Api", handler=new_function(stack), authorizer=Authorizer.token(first)
    )
    synthesize(stack)

    api.add_route("/late", authorizer=Authorizer.token(second))

    template = synthesize(stack)
    role = template["Resources"][role_id(template)]["Properties"]
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert len(statement["Resource"]) == 2
    assert security_of(template, "/late", ANY) == [{"TokenSecond": []}]


def role_id(template: Template) -> str:
    role_ids: list[str] = [
        name for name in template["Resources"] if name.startswith("ApiAuthorizer")
    ]
    assert len(role_ids) == 1
    return role_ids[0]


def test_the_calls_of_jsii_do_not_grow_with_the_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An authorizer is read once for all its routes."""

    def count_jsii_calls(routes: int) -> int:
        with count_calls(monkeypatch) as calls:
            stack = new_stack()
            guard = new_function(stack, "Guard")
            signed_in = Authorizer.token(guard)
            api = StreamingRestApi(stack, "Api", handler=guard, authorizer=Authorizer.iam())
            for number in range(routes):
                api.add_route(f"/r{number}", methods=["GET"], authorizer=signed_in)
            synthesize(stack)
        return len(calls)

    # Fewer routes share no operation, which saves the call that creates the shared one.
    assert count_jsii_calls(MIN_OCCURRENCES) == count_jsii_calls(30)
