"""Lambda integrations of routes, and the role that invokes the functions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import Duration, Stack, aws_iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import ResponseTransferMode

from streaming_construct import StreamingRestApi
from tests.support.synthesis import (
    Template,
    integration,
    new_function,
    new_stack,
    resources,
    synthesize,
)

STREAMING_URI = [
    "arn:",
    {"Ref": "AWS::Partition"},
    ":apigateway:",
    {"Ref": "AWS::Region"},
    ":lambda:path/2021-11-15/functions/",
]


def statements(template: Template) -> list[dict[str, Any]]:
    """Return the statements of the role of the API."""
    role = next(
        r for name, r in resources(template, "AWS::IAM::Role").items() if name.startswith("ApiRole")
    )
    (policy,) = role["Properties"]["Policies"]
    policy_statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return policy_statements


def test_the_role_has_the_function_of_a_late_route(stack: Stack) -> None:
    """Reading the policy of the role before does not matter."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    synthesize(stack)
    other = new_function(stack, "Other")

    api.add_route("/late", handler=other)

    (statement,) = statements(synthesize(stack))
    assert stack.resolve(other.function_arn) in statement["Resource"]


def test_a_streamed_route_has_mode_uri_role_and_timeout(several_routes: Template) -> None:
    """A streamed route has the mode, the URI, the role and a timeout, all of them."""
    definition = integration(several_routes, "/chat/{id}", "POST")
    (function,) = (
        n for n in resources(several_routes, "AWS::Lambda::Function") if n.startswith("Chat")
    )

    assert definition == {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "responseTransferMode": "STREAM",
        "uri": {
            "Fn::Join": [
                "",
                [
                    *STREAMING_URI,
                    {"Fn::GetAtt": [function, "Arn"]},
                    "/response-streaming-invocations",
                ],
            ]
        },
        "credentials": {
            "Fn::GetAtt": [
                next(r for r in several_routes["Resources"] if r.startswith("ApiRole")),
                "Arn",
            ]
        },
        "timeoutInMillis": 120_000,
    }


def test_a_buffered_route_has_its_uri_and_the_buffered_timeout(several_routes: Template) -> None:
    """It invokes the function in the usual way, and waits no longer than API Gateway allows."""
    definition = integration(several_routes, "/health", "GET")

    assert definition["responseTransferMode"] == "BUFFERED"
    assert definition["uri"]["Fn::Join"][1][4] == ":lambda:path/2015-03-31/functions/"
    assert definition["uri"]["Fn::Join"][1][-1] == "/invocations"
    assert definition["timeoutInMillis"] == 29_000


def test_the_default_timeout_is_that_of_the_function(minimal: Template) -> None:
    """A route waits as long as its function may run."""
    assert integration(minimal, "/")["timeoutInMillis"] == 300_000


def test_the_timeout_of_an_imported_function_is_15_minutes(stack: Stack) -> None:
    """CDK does not know its timeout."""
    handler = lambda_.Function.from_function_name(stack, "Imported", "chat")
    StreamingRestApi(stack, "Api", handler=handler)

    assert integration(synthesize(stack), "/")["timeoutInMillis"] == 900_000


def test_a_raised_quota_allows_a_longer_buffered_timeout(stack: Stack) -> None:
    """An argument states that AWS raised the quota of the account."""
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        integration_timeout_quota=Duration.seconds(60),
    )
    api.add_route(
        "/slow",
        timeout=Duration.seconds(45),
        response_transfer_mode=ResponseTransferMode.BUFFERED,
    )
    api.add_route("/own", response_transfer_mode=ResponseTransferMode.BUFFERED)

    template = synthesize(stack)
    assert integration(template, "/slow")["timeoutInMillis"] == 45_000
    assert integration(template, "/own")["timeoutInMillis"] == 60_000


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1", "us-gov-west-1"])
def test_the_template_works_in_every_partition(region: str) -> None:
    """The partition is never written as `aws`."""
    stack = new_stack(region=region, account="111122223333")
    StreamingRestApi(stack, "Api", handler=new_function(stack))

    assert integration(synthesize(stack), "/")["uri"]["Fn::Join"][1][:3] == [
        "arn:",
        {"Ref": "AWS::Partition"},
        f":apigateway:{region}:lambda:path/2021-11-15/functions/",
    ]


def test_the_role_may_invoke_exactly_the_integrated_functions(several_routes: Template) -> None:
    """Both actions, the ARN of each function, no wildcard, and only named qualifiers."""
    functions = [
        {"Fn::GetAtt": [name, "Arn"]} for name in resources(several_routes, "AWS::Lambda::Function")
    ]

    assert statements(several_routes) == [
        {
            "Effect": "Allow",
            "Action": ["lambda:InvokeFunction", "lambda:InvokeWithResponseStream"],
            "Resource": functions,
        }
    ]
    assert "*" not in json.dumps(statements(several_routes))


def test_a_function_that_no_route_names_is_not_granted(stack: Stack) -> None:
    """Other routes have replaced those of the API's handler."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    other = new_function(stack, "Other")
    for path in ("/", "/{proxy+}"):
        api.add_route(path, handler=other)

    (statement,) = statements(synthesize(stack))
    assert statement["Resource"] == [stack.resolve(other.function_arn)]


def test_only_api_gateway_may_assume_the_role(minimal: Template) -> None:
    """A condition on the source account would fail every request."""
    role = next(
        r for n, r in resources(minimal, "AWS::IAM::Role").items() if n.startswith("ApiRole")
    )

    assert role["Properties"]["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Action": "sts:AssumeRole",
            "Effect": "Allow",
            "Principal": {"Service": "apigateway.amazonaws.com"},
        }
    ]


def test_there_is_no_resource_policy_on_the_function(minimal: Template) -> None:
    """Only the role may invoke it."""
    assert not resources(minimal, "AWS::Lambda::Permission")


def test_a_given_role_has_the_same_permissions(stack: Stack) -> None:
    """No role is created, and the given one receives the exact ARNs."""
    role = aws_iam.Role(
        stack, "Mine", assumed_by=aws_iam.ServicePrincipal("apigateway.amazonaws.com")
    )
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), credentials_role=role)
    api.add_route("/other", handler=new_function(stack, "Other"))

    template = synthesize(stack)
    (policy,) = resources(template, "AWS::IAM::Policy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert api.role is role
    assert not [name for name in template["Resources"] if name.startswith("ApiRole")]
    assert statement["Resource"] == [
        {"Fn::GetAtt": [name, "Arn"]} for name in resources(template, "AWS::Lambda::Function")
    ]
    assert integration(template, "/")["credentials"] == stack.resolve(role.role_arn)


def test_a_role_that_cdk_does_not_create_invokes_the_functions(stack: Stack) -> None:
    """`Role.customize_roles` names existing roles for the paths of new ones."""
    roles = {"Stack/Api/Role": "invoke", "Stack/Function/ServiceRole": "chat"}
    aws_iam.Role.customize_roles(stack, use_precreated_roles=roles)
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), cloud_watch_role=False)

    template = synthesize(stack)

    assert not resources(template, "AWS::IAM::Role")
    assert integration(template, "/")["credentials"] == stack.resolve(api.role.role_arn)
