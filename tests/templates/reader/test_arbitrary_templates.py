"""Any template is read as a model, or is an error of one sentence."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.reader.api_reader import read_api
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.stack import Stack

IDS = ["Api", "Fn", "Stage", "Inner", "Name", "AWS::Region", "AWS::NoValue", "Nobody"]
FUNCTIONS = [
    "Ref",
    "Condition",
    "Fn::And",
    "Fn::Base64",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::ForEach::L",
    "Fn::GetAtt",
    "Fn::GetStackOutput",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Fn::Unknown",
]
KEYS = [
    "Type",
    "Properties",
    "Value",
    "Export",
    "Name",
    "Default",
    "Body",
    "BodyS3Location",
    "RestApiId",
    "StageName",
    "Key",
    "paths",
    "/",
    "/{a}",
    "get",
    "x-amazon-apigateway-any-method",
    "x-amazon-apigateway-integration",
    "type",
    "uri",
    "responses",
    "default",
    "timeoutInMillis",
    "responseTransferMode",
    "ParentId",
    "PathPart",
    "ResourceId",
    "HttpMethod",
    "Integration",
    "Code",
    "S3Key",
    "ZipFile",
    "Environment",
    "Variables",
    "Layers",
    "Timeout",
    "MemorySize",
    "Architectures",
    "FunctionName",
    "MethodSettings",
    "ThrottlingRateLimit",
    "AccessLogSetting",
    "Format",
    "EndpointConfiguration",
    "Types",
    "StackName",
    "OutputName",
    "TemplateURL",
    "Parameters",
    "BinaryMediaTypes",
    "statusCode",
    "responseParameters",
    "Metadata",
]
KINDS = [
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::Lambda::Function",
    "AWS::Lambda::Alias",
    "AWS::Lambda::LayerVersion",
    "AWS::CloudFormation::Stack",
]
SECTIONS = ["Parameters", "Conditions", "Mappings", "Outputs", "Transform"]

texts = st.sampled_from(
    [*IDS, *KINDS, *KEYS, "${Fn.Arn}", "${Api", "{{resolve:x}}", "aws_proxy", ""]
)
scalars = texts | st.text(max_size=3) | st.integers() | st.floats() | st.booleans() | st.none()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FUNCTIONS), inner, max_size=1)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)
# Enough of an API that a reader gets past the first question.
resource = st.builds(
    lambda kind, properties: {"Type": kind, "Properties": properties},
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(KEYS), values, max_size=4) | values,
)
template = st.builds(
    lambda resources, sections: {
        **sections,
        "Resources": {
            "Api": {
                "Type": "AWS::ApiGateway::RestApi",
                "Properties": {
                    "Body": {
                        "paths": {
                            "/": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}
                        }
                    }
                },
            },
            "Stage": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod"},
            },
            **resources,
        },
    },
    st.dictionaries(st.sampled_from(IDS), resource | values, max_size=4),
    st.dictionaries(
        st.sampled_from(SECTIONS),
        st.dictionaries(st.sampled_from(IDS), values, max_size=3) | values,
        max_size=3,
    ),
)


def stack(template: dict[str, Any]) -> Stack:
    return Stack(names=("Any",), file=Path("any.json"), template=template, folder=Path("/nowhere"))


@given(template)
def test_a_template_is_read_or_an_error(template: dict[str, Any]) -> None:
    """No JSON value makes a reader fail in another way."""
    with suppress(SourceError):
        read_api([stack(template)])


@given(template, values)
def test_any_value_is_resolved(template: dict[str, Any], value: Any) -> None:
    """Resolving never raises an exception."""
    Resolver(stack(template)).resolve(value)


def test_a_template_that_is_nested_too_deeply_is_an_error() -> None:
    """The error is one sentence."""
    deep: Any = 1
    for _ in range(5000):
        deep = {"x": deep}
    resources = {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": deep}}}

    with pytest.raises(SourceError, match=r"any\.json: nested too deeply"):
        read_api([stack({"Resources": resources})])


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="abc${}:"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet="abc", min_size=1), inner),
)


@given(plain)
def test_plain_values_are_resolved_once(value: Any) -> None:
    """A value without intrinsic functions stays the same object."""
    resolver = Resolver(stack({"Resources": {}}))

    assert resolver.resolve(value) == value
    assert resolver.resolve(resolver.resolve(value)) == value
