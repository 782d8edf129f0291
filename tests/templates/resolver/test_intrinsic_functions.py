"""Intrinsic functions, resolved without CloudFormation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.resolver.stack_resolvers import create_resolvers
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved

RESOURCES = {
    "Fn": {"Type": "AWS::Lambda::Function", "Properties": {}},
    "Named": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": {"Ref": "Text"}}},
    "Live": {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": {"Ref": "Fn"}, "Name": "live"},
    },
    "Version": {
        "Type": "AWS::Lambda::Version",
        "Properties": {"FunctionName": {"Fn::GetAtt": ["Fn", "Arn"]}},
    },
    "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {}},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "caller"}},
    "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
    "Other": {"Type": "Custom::Thing", "Properties": {}},
    "Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {}},
    "Loop": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": {"Ref": "Loop"}}},
}
PARAMETERS = {
    "Text": {"Type": "String", "Default": "given"},
    "Number": {"Type": "Number", "Default": 5},
    "List": {"Type": "CommaDelimitedList", "Default": "a, b"},
    "Bare": {"Type": "String"},
    "Ssm": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/some/path"},
}
CONDITIONS = {
    "Yes": {"Fn::Equals": ["a", "a"]},
    "No": {"Fn::Not": [{"Condition": "Yes"}]},
    "Unknown": {"Fn::Equals": [{"Ref": "Bare"}, "a"]},
    "Self": {"Fn::And": [{"Condition": "Self"}, {"Condition": "Yes"}]},
}


def stack(**template: Any) -> Stack:
    return Stack(
        names=("Chat",),
        file=Path("Chat.template.json"),
        template={
            "Resources": RESOURCES,
            "Parameters": PARAMETERS,
            "Conditions": CONDITIONS,
            "Mappings": {"Sizes": {"us-east-1": {"small": "1", "list": ["x", "y"]}}},
            **template,
        },
    )


def resolve(value: Any) -> Any:
    return Resolver(stack()).resolve(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "AWS::AccountId"}, "123456789012"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "Text"}, "given"),
        ({"Ref": "Number"}, "5"),
        ({"Ref": "List"}, ["a", "b"]),
        ({"Ref": "Fn"}, "Chat-Fn"),
        ({"Ref": "Named"}, "given"),
        ({"Ref": "Other"}, "Chat-Other"),
        ({"Ref": "Live"}, "arn:aws:lambda:us-east-1:123456789012:function:Chat-Fn:live"),
        ({"Ref": "Version"}, "arn:aws:lambda:us-east-1:123456789012:function:Chat-Fn:1"),
        ({"Ref": "Layer"}, "arn:aws:lambda:us-east-1:123456789012:layer:Chat-Layer:1"),
        ({"Fn::GetAtt": ["Named", "Arn"]}, "arn:aws:lambda:us-east-1:123456789012:function:given"),
        ({"Fn::GetAtt": "Role.Arn"}, "arn:aws:iam::123456789012:role/caller"),
        (
            {"Fn::GetAtt": ["Logs", "Arn"]},
            "arn:aws:logs:us-east-1:123456789012:log-group:Chat-Logs:*",
        ),
        ({"Fn::GetAtt": ["Version", "Version"]}, "1"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Text"}, 3, True]]}, "a-given-3-true"),
        (
            {"Fn::Sub": "${Text}/${!Text}/${Role.Arn}/${AWS::Region}"},
            "given/${Text}/arn:aws:iam::123456789012:role/caller/us-east-1",
        ),
        ({"Fn::Sub": ["${Text}-${Mine}", {"Mine": {"Ref": "Number"}}]}, "given-5"),
        ({"Fn::Select": ["1", {"Fn::Split": ["|", "a|b|c"]}]}, "b"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "small"]}, "1"),
        ({"Fn::FindInMap": ["Sizes", "x", "small", {"DefaultValue": "d"}]}, "d"),
        ({"Fn::Base64": "hi"}, "aGk="),
        ({"Fn::If": ["Yes", "then", "else"]}, "then"),
        ({"Fn::If": ["No", "then", "else"]}, "else"),
        ({"Fn::If": ["Yes", "then", {"Ref": "Bare"}]}, "then"),
        ({"Fn::Or": [{"Condition": "No"}, {"Condition": "Yes"}]}, True),
        ({"Fn::Or": [{"Condition": "Unknown"}, {"Condition": "Yes"}]}, True),
        ({"Fn::And": [{"Condition": "Unknown"}, {"Condition": "No"}]}, False),
        ({"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]}, False),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
        ({"a": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}}, {}),
        ({"Ref": "Fn", "Other": 1}, {"Ref": "Fn", "Other": 1}),
        (5, 5),
        (None, None),
    ],
)
def test_a_value_is_resolved(value: Any, expected: Any) -> None:
    """Each function returns the value of CloudFormation, with generated names and ARNs."""
    assert resolve(value) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"Ref": "Missing"}, "Missing"),
        ({"Ref": "Bare"}, "parameter Bare has no default"),
        ({"Ref": "Ssm"}, "/some/path"),
        ({"Fn::GetAtt": ["Other", "Secret"]}, "Other.Secret"),
        ({"Fn::Join": ["", ["a", {"Ref": "Bare"}]]}, "parameter Bare"),
        ({"Fn::Sub": "x-${Missing}"}, "Missing"),
        ({"Fn::If": ["Unknown", 1, 2]}, "parameter Bare"),
        ({"Fn::If": ["Undeclared", 1, 2]}, "condition Undeclared"),
        ({"Fn::If": ["Self", 1, 2]}, "condition Self refers to itself"),
        ({"Ref": "Loop"}, "Loop refers to itself"),
        ({"Fn::ImportValue": "unknown"}, "unknown"),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "the include has no Location"),
        ({"Fn::Transform": {"Name": "Mine"}, "also": 1}, "the macro Mine"),
        ({"Fn::Length": [1, 2]}, "AWS::LanguageExtensions"),
        ({"Fn::GetStackOutput": {"StackName": "Nobody", "OutputName": "X"}}, "Nobody"),
        ({"Fn::GetAtt": ["Inner", "Outputs.X"]}, "Inner.Outputs.X"),
        ({"Fn::Select": [7, ["a"]]}, "no item 7"),
        ({"Fn::Select": ["x", ["a"]]}, "Fn::Select"),
        ({"Fn::FindInMap": ["Sizes", "x", "small"]}, "Sizes.x.small"),
        ("{{resolve:secretsmanager:key}}", "secretsmanager"),
    ],
)
def test_an_unresolvable_value_has_its_reason(value: Any, reason: str) -> None:
    """The reason names the logical id that the value depends on."""
    resolved = resolve(value)

    assert isinstance(resolved, Unresolved)
    assert reason in resolved.reason


def test_an_unknown_value_does_not_affect_others() -> None:
    """Only values that depend on it are unknown."""
    resolved = resolve({"known": {"Ref": "Text"}, "unknown": {"Ref": "Bare"}})

    assert resolved["known"] == "given"
    assert isinstance(resolved["unknown"], Unresolved)


def test_given_parameters_override_defaults() -> None:
    """SSM types are included."""
    resolver = Resolver(stack(), parameters={"Text": "mine", "Ssm": "value"})

    assert resolver.resolve([{"Ref": "Text"}, {"Ref": "Ssm"}]) == ["mine", "value"]


def test_an_export_of_another_stack_can_be_imported() -> None:
    """`Fn::ImportValue` reads the stacks of the assembly, each with its values."""
    exporting = Stack(
        names=("Base",),
        file=Path("Base.template.json"),
        region="eu-west-1",
        template={
            "Resources": {"Fn": {"Type": "AWS::Lambda::Function"}},
            "Outputs": {
                "Arn": {
                    "Value": {"Fn::GetAtt": ["Fn", "Arn"]},
                    "Export": {"Name": {"Fn::Sub": "${AWS::StackName}:Arn"}},
                }
            },
        },
    )
    _, importing = create_resolvers([exporting, stack()])

    assert importing.resolve({"Fn::ImportValue": "Base:Arn"}) == (
        "arn:aws:lambda:eu-west-1:123456789012:function:Base-Fn"
    )


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_partition_follows_region(region: str, partition: str) -> None:
    """China and GovCloud have separate partitions."""
    regional_stack = Stack(
        names=("A",), file=Path("a.json"), region=region, template={"Resources": {}}
    )

    assert Resolver(regional_stack).resolve({"Ref": "AWS::Partition"}) == partition


def test_a_resource_with_a_false_condition_is_removed() -> None:
    """A resource with an unknown condition stays."""
    resources = {name: {"Type": "T", "Condition": name} for name in ("Yes", "No", "Unknown")} | {
        "Always": {"Type": "T"}
    }
    listed = Resolver(stack(Resources=resources)).list_resources("T")

    assert [name for name, _ in listed] == ["Yes", "Unknown", "Always"]


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text().filter(lambda s: "{{resolve:" not in s),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet="abc", min_size=1), inner),
)


@settings(max_examples=20)
@given(plain)
def test_values_without_intrinsic_functions_are_unchanged(value: Any) -> None:
    """Resolving plain JSON changes nothing."""
    assert resolve(value) == value


names = st.sampled_from([*RESOURCES, *PARAMETERS, *CONDITIONS, "AWS::Region", "Nobody"])
calls = st.sampled_from(
    ["Ref", "Condition"]
    + [f"Fn::{name}" for name in ("GetAtt", "Sub", "Join", "Select", "Split", "If", "Equals")]
    + [f"Fn::{name}" for name in ("And", "Not", "FindInMap", "ImportValue", "Base64")]
)
anything = st.recursive(
    names | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(calls, inner, max_size=1),
    max_leaves=12,
)


@given(anything)
def test_an_invalid_template_raises_no_exception(value: Any) -> None:
    """Each value is known or `Unresolved`."""
    resolve(value)
