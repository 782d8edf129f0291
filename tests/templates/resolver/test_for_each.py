"""Loops of `AWS::LanguageExtensions`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streaming_construct.templates.reader.api_reader import read_api
from streaming_construct.templates.resolver.stack_resolvers import create_resolvers
from streaming_construct.templates.stacks.stack import Stack

URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/${Fn${Name}.Arn}"
    "/response-streaming-invocations"
)


def stack(**template: Any) -> Stack:
    return Stack(names=("Loops",), file=Path("loops.json"), template=template)


def test_resources_and_paths_in_loops_are_read() -> None:
    """Each item of a parameter has a function and a route."""
    operation = {
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "responseTransferMode": "STREAM",
            "uri": {"Fn::Sub": URI},
        }
    }
    template = stack(
        Transform="AWS::LanguageExtensions",
        Parameters={"Names": {"Type": "CommaDelimitedList", "Default": "Chat,Jobs"}},
        Resources={
            "Fn::ForEach::Functions": [
                "Name",
                {"Ref": "Names"},
                {
                    "Fn${Name}": {
                        "Type": "AWS::Lambda::Function",
                        "Properties": {
                            "FunctionName": {"Ref": "Name"},
                            "Code": {"ZipFile": "x = '${Name}'"},
                        },
                    }
                },
            ],
            "Api": {
                "Type": "AWS::ApiGateway::RestApi",
                "Properties": {
                    "Body": {
                        "paths": {
                            "Fn::ForEach::Paths": [
                                "Name",
                                {"Ref": "Names"},
                                {"/${Name}": {"get": operation}},
                            ]
                        }
                    }
                },
            },
            "Stage": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod"},
            },
        },
    )
    api = read_api([template])

    assert [(str(r), r.integration.function) for r in api.routes] == [
        ("GET /Chat", "Chat"),
        ("GET /Jobs", "Jobs"),
    ]
    assert api.functions["Jobs"].inline_code == "x = 'Jobs'"
    with_names = read_api([template], parameters={"Names": "One"})
    assert [str(route) for route in with_names.routes] == ["GET /One"]


def test_nested_loops_are_unrolled() -> None:
    """The inner loop reads the item of the outer one. `&{}` removes other characters than
    letters and digits."""
    (resolver,) = create_resolvers(
        [
            stack(
                Transform=["AWS::LanguageExtensions"],
                Resources={
                    "Fn::ForEach::Outer": [
                        "A",
                        ["1.a", "2.b"],
                        {
                            "Fn::ForEach::Inner": [
                                "B",
                                ["x", "y"],
                                {"R&{A}${B}": {"Type": "${A}", "Properties": {"P": {"Ref": "B"}}}},
                            ]
                        },
                    ]
                },
            )
        ]
    )
    resources = resolver.section("Resources")

    assert list(resources) == ["R1ax", "R1ay", "R2bx", "R2by"]
    assert resources["R2by"] == {"Type": "2.b", "Properties": {"P": "y"}}


def test_without_the_transform_a_loop_is_ignored() -> None:
    """CloudFormation rejects such a template. Here it has no such resource."""
    loop = ["A", ["x"], {"R${A}": {"Type": "AWS::SNS::Topic"}}]
    (resolver,) = create_resolvers([stack(Resources={"Fn::ForEach::Topics": loop})])

    assert list(resolver.list_resources("AWS::SNS::Topic")) == []


def test_the_extended_functions_need_the_transform() -> None:
    """`Fn::Length` and `Fn::ToJsonString`."""
    values = {
        "Length": {"Fn::Length": {"Fn::Split": ["|", "a|b|c"]}},
        "Json": {"Fn::ToJsonString": {"a": [1, {"Ref": "AWS::Region"}]}},
    }
    (resolver,) = create_resolvers([stack(Transform="AWS::LanguageExtensions", Resources={})])

    assert resolver.resolve(values) == {"Length": 3, "Json": '{"a":[1,"us-east-1"]}'}
