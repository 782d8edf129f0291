"""The integration URI and the grant name exactly the given function, of any kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Annotations, App, Duration, Environment, Stack, aws_iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations as FoundAnnotations
from aws_cdk.assertions import Match

from streaming_construct import StreamingRestApi
from tests.support.synthesis import integration, new_function, new_stack, resources, synthesize

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:chat"
INLINE = lambda_.Code.from_inline("x")


def function_in(runtime: lambda_.Runtime) -> Callable[[Stack, Path], lambda_.IFunction]:
    def make(stack: Stack, folder: Path) -> lambda_.IFunction:
        (folder / "index.py").write_text("")
        return lambda_.Function(
            stack,
            "F",
            runtime=runtime,
            handler="index.handler",
            code=lambda_.Code.from_asset(str(folder)),
            timeout=Duration.seconds(60),
        )

    return make


def container_image(stack: Stack, folder: Path) -> lambda_.IFunction:
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return lambda_.DockerImageFunction(
        stack,
        "F",
        code=lambda_.DockerImageCode.from_image_asset(str(folder)),
        timeout=Duration.seconds(60),
    )


def alias(stack: Stack, _: Path) -> lambda_.IFunction:
    return new_function(stack, "F", timeout=Duration.seconds(60)).add_alias("live")


def version(stack: Stack, _: Path) -> lambda_.IFunction:
    return new_function(stack, "F", timeout=Duration.seconds(60)).current_version


def latest_version(stack: Stack, _: Path) -> lambda_.IFunction:
    return new_function(stack, "F", timeout=Duration.seconds(60)).latest_version


def by_arn(stack: Stack, _: Path) -> lambda_.IFunction:
    return lambda_.Function.from_function_arn(stack, "F", ARN)


def by_qualified_arn(stack: Stack, _: Path) -> lambda_.IFunction:
    return lambda_.Function.from_function_attributes(
        stack, "F", function_arn=ARN + ":live", same_environment=True
    )


def by_version_arn(stack: Stack, _: Path) -> lambda_.IFunction:
    return lambda_.Version.from_version_arn(stack, "F", ARN + ":7")


def by_name(stack: Stack, _: Path) -> lambda_.IFunction:
    return lambda_.Function.from_function_name(stack, "F", "chat")


KNOWN_TIMEOUT, UNKNOWN_TIMEOUT = 60_000, 900_000
KINDS: dict[str, tuple[Callable[[Stack, Path], lambda_.IFunction], int]] = {
    "python": (function_in(lambda_.Runtime.PYTHON_3_14), KNOWN_TIMEOUT),
    "node": (function_in(lambda_.Runtime.NODEJS_22_X), KNOWN_TIMEOUT),
    "custom runtime": (function_in(lambda_.Runtime.PROVIDED_AL2023), KNOWN_TIMEOUT),
    "container image": (container_image, KNOWN_TIMEOUT),
    "alias": (alias, KNOWN_TIMEOUT),
    "version": (version, KNOWN_TIMEOUT),
    "latest version": (latest_version, KNOWN_TIMEOUT),
    "imported by ARN": (by_arn, UNKNOWN_TIMEOUT),
    "imported by qualified ARN": (by_qualified_arn, UNKNOWN_TIMEOUT),
    "imported version": (by_version_arn, UNKNOWN_TIMEOUT),
    "imported by name": (by_name, UNKNOWN_TIMEOUT),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_uri_and_the_grant_name_the_given_function(kind: str, tmp_path: Path) -> None:
    """Aliases and versions have their qualified ARN, imported functions the given ARN."""
    make, timeout = KINDS[kind]
    stack = new_stack()
    function = make(stack, tmp_path)
    StreamingRestApi(stack, "Api", handler=function)

    template = synthesize(stack)
    definition = integration(template, "/")
    arn = stack.resolve(function.function_arn)
    assert function_arn_in(definition["uri"]) == split_references(arn)
    assert definition["timeoutInMillis"] == timeout
    (statement,) = next(
        r["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        for name, r in resources(template, "AWS::IAM::Role").items()
        if name.startswith("ApiRole")
    )
    assert statement["Resource"] == [arn]


def split_references(value: Any) -> list[Any]:
    """Return `value`, a text or CDK's join with references, as its parts."""
    return value["Fn::Join"][1] if isinstance(value, dict) and "Fn::Join" in value else [value]


def function_arn_in(uri: Any) -> list[Any]:
    """Return the parts of the function's ARN in an integration URI."""
    separator = "\0"
    parts = split_references(uri)
    holes = [part for part in parts if not isinstance(part, str)]
    text = "".join(part if isinstance(part, str) else separator for part in parts)
    before, after = text.split("/functions/")
    arn = after.removesuffix("/response-streaming-invocations")
    first = before.count(separator)
    arn_parts: list[Any] = []
    for index, chunk in enumerate(arn.split(separator)):
        arn_parts += [holes[first + index - 1]] if index else []
        arn_parts += [chunk] if chunk else []
    return arn_parts


def test_a_function_of_another_stack() -> None:
    """CDK exports its ARN there and imports it here."""
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False)
    function_stack, api_stack = Stack(app, "There"), Stack(app, "Here")
    StreamingRestApi(api_stack, "Api", handler=new_function(function_stack))

    uri = integration(synthesize(api_stack), "/")["uri"]["Fn::Join"][1]

    assert any("Fn::ImportValue" in part for part in uri if isinstance(part, dict))


def test_a_function_of_another_region_is_invoked_there() -> None:
    """The URI has the Region of the function, if its ARN has it."""
    stack = new_stack(region="us-east-1", account="111122223333")
    StreamingRestApi(
        stack, "Api", handler=lambda_.Function.from_function_arn(stack, "Imported", ARN)
    )

    uri = integration(synthesize(stack), "/")["uri"]["Fn::Join"][1]
    assert uri[2].startswith(":apigateway:eu-west-1:lambda:path/")


def test_a_function_of_a_stack_in_another_region_is_invoked_there() -> None:
    """Its ARN is a token, so the Region is that of its stack."""
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False)
    function_stack = Stack(
        app, "There", env=Environment(account="111122223333", region="us-west-2")
    )
    api_stack = Stack(app, "Here", env=Environment(account="111122223333", region="us-east-1"))
    StreamingRestApi(api_stack, "Api", handler=new_function(function_stack, function_name="chat"))

    uri = json.dumps(integration(synthesize(api_stack), "/")["uri"])
    assert ":apigateway:us-west-2:lambda:path/" in uri


def test_a_role_of_another_account_gets_a_warning() -> None:
    """CDK cannot add the grant to it, and every request would fail."""
    stack = new_stack(region="eu-west-1", account="999999999999")
    role = aws_iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/invoke")
    StreamingRestApi(stack, "Api", handler=new_function(stack), credentials_role=role)

    FoundAnnotations.from_stack(stack).has_warning(
        "/Stack/Api", Match.string_like_regexp("CDK cannot add a policy to")
    )


def test_a_function_of_another_account_gets_a_warning() -> None:
    """Its owner must allow the role of the API. The warning can be acknowledged."""
    stack = new_stack(region="eu-west-1", account="999999999999")
    handler = lambda_.Function.from_function_arn(stack, "Imported", ARN)
    StreamingRestApi(stack, "Api", handler=handler)
    api = StreamingRestApi(stack, "Known", handler=handler, cloud_watch_role=False)
    Annotations.of(api).acknowledge_warning("streaming-construct:cross-account-function")

    annotations = FoundAnnotations.from_stack(stack)
    annotations.has_warning(
        "/Stack/Api", Match.string_like_regexp("belongs to account 111122223333")
    )
    annotations.has_no_warning("/Stack/Known", Match.any_value())
