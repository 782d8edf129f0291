"""Integrations' URIs as CloudFormation values: the same template as that of CDK's own strings."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Aws, CfnParameter, Environment, NestedStack, Stack, Token
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import CfnRestApi

from streaming_construct import StreamingRestApi
from streaming_construct.constructs.cdk.cloudformation_values import (
    convert_to_join,
    has_token,
    replace_strings,
)
from streaming_construct.constructs.cdk.default_child import get_default_child
from tests.support.synthesis import new_function, new_stack

ACCOUNT = "111122223333"
ARN = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:chat"


def new_handlers(stack: Stack) -> dict[str, lambda_.IFunction]:
    """Return a function of each kind, by the path that it serves."""
    app = stack.node.root
    assert isinstance(app, App)
    function = new_function(stack)
    parameter = CfnParameter(stack, "Arn").value_as_string
    handlers: dict[str, lambda_.IFunction] = {
        "/function": function,
        "/alias": function.add_alias("live"),
        "/version": function.current_version,
        "/arn": lambda_.Function.from_function_arn(stack, "ByArn", ARN),
        "/name": lambda_.Function.from_function_name(stack, "ByName", "chat"),
        "/parameter": lambda_.Function.from_function_arn(stack, "ByParameter", parameter),
        "/stack": new_function(Stack(app, "Other", env=stack_environment(stack))),
    }
    if not has_token(stack.region):
        # Another Region needs a known one. It knows the function by its name.
        handlers["/region"] = new_function(
            Stack(app, "Far", env=Environment(account=ACCOUNT, region="us-east-1")),
            function_name="chat",
        )
    if stack.nested_stack_parent is not None:
        handlers["/parent"] = new_function(stack.nested_stack_parent)
    return handlers


def stack_environment(stack: Stack) -> Environment | None:
    """Return the environment of a stack, None if it is not known."""
    return None if has_token(stack.region) else Environment(account=ACCOUNT, region=stack.region)


@pytest.mark.parametrize("env", [{}, {"account": ACCOUNT, "region": "eu-west-1"}], ids=str)
@pytest.mark.parametrize("is_nested", [False, True])
def test_a_uri_is_the_value_that_cdk_makes_of_it(env: dict[str, Any], is_nested: bool) -> None:
    """The references between stacks, and between nested stacks, stay references."""
    stack = new_stack(**env)
    if is_nested:
        stack = NestedStack(stack, "Nested")
    api = StreamingRestApi(stack, "Api", handler=None, proxy=False)
    for path, function in new_handlers(stack).items():
        api.add_route(path, methods=["GET"], handler=function)

    app = stack.node.root
    assert isinstance(app, App)
    app.synth()

    paths = stack.resolve(get_default_child(api.rest_api, CfnRestApi).body)["paths"]
    for route in api.routes:
        integration = paths[route.path]["get"]["x-amazon-apigateway-integration"]
        assert integration["uri"] == stack.resolve(route.integration.uri), route.path
        assert integration["credentials"] == stack.resolve(route.integration.credentials)


@pytest.mark.parametrize("text", ["", "chat", "${Token}", "${AWS::Region}", "${stageVariables.a}"])
def test_text_without_a_token_has_none(text: str) -> None:
    """CDK says the same."""
    assert has_token(text) is Token.is_unresolved(text) is False


def test_a_token_is_found_in_text() -> None:
    """CDK says the same."""
    for text in (Aws.REGION, f"a{Aws.REGION}b", Token.as_string({"Ref": "A"})):
        assert has_token(text) is Token.is_unresolved(text) is True


def test_a_token_without_a_value_stays_in_the_list() -> None:
    """CDK resolves it there. A literal, and a token alone, need no join."""
    token = Token.as_string({"Ref": "A"})
    partition = {"Ref": "AWS::Partition"}

    joined = convert_to_join(f"arn:{Aws.PARTITION}:{token}", {Aws.PARTITION: partition})

    assert joined == {"Fn::Join": ["", ["arn:", partition, ":", token]]}
    assert convert_to_join("arn:aws", {}) == "arn:aws"
    assert convert_to_join(token, {}) == token


def test_strings_are_replaced_at_any_depth() -> None:
    """The document itself is not changed."""
    document = {"a": ["x", {"b": "x", "c": 1}], "x": "y"}

    assert replace_strings(document, {"x": {"Ref": "X"}}) == {
        "a": [{"Ref": "X"}, {"b": {"Ref": "X"}, "c": 1}],
        "x": "y",
    }
    assert document["x"] == "y"
