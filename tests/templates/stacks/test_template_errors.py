"""Parts of a template that CloudFormation rejects are errors with file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.documents.document import Document, parse_document
from streaming_construct.templates.stacks.template_errors import find_template_errors

TOPIC = {"Type": "AWS::SNS::Topic"}
VALUES: list[tuple[Any, str]] = [
    ({"Fn::If": ["Absent", 1, 2]}, "the section Conditions has no 'Absent'. Add it"),
    ({"Fn::If": ["Known", 1]}, "Fn::If is ['Known', 1], not a list of a condition and two values"),
    ([{"a": {"Fn::Join": ["-", "x"]}}], "Fn::Join is ['-', 'x'], not a list of a delimiter and"),
    ({"Ref": ["A"]}, "Ref is ['A'], not the name of a parameter or a resource"),
    ({"Fn::GetAtt": "A"}, "Fn::GetAtt is 'A', not a list of a logical ID and an attribute"),
    ({"Fn::Sub": ["a", "b"]}, "Fn::Sub is ['a', 'b'], not a text, or a list of a text and an"),
    ({"Fn::Select": [0, "a,b"]}, "Fn::Select is [0, 'a,b'], not a list of an index and a list"),
    ({"Fn::Split": ["a"]}, "Fn::Split is ['a'], not a list of a delimiter and a text"),
    ({"Fn::FindInMap": ["M", "k"]}, "not a list of a map and two keys"),
    ({"Fn::ImportValue": 3}, "Fn::ImportValue is 3, not a text"),
]
VALID: list[Any] = [
    {"Fn::If": ["Known", {"Ref": "AWS::NoValue"}, {"Fn::GetAtt": ["A", {"Ref": "P"}]}]},
    {"Fn::Join": ["", {"Ref": "List"}]},
    {"Fn::Select": [{"Ref": "Index"}, {"Fn::GetAZs": ""}]},
    {"Fn::Split": [",", {"Fn::ImportValue": {"Fn::Sub": "${A}-x"}}]},
    {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "k", {"DefaultValue": "x"}]},
    {"Fn::FindInMap": ["M", 111122223333, "k"]},
    {"Statement": [{"Condition": {"StringEquals": {"a": "b"}}}]},
    {"Fn::GetAtt": "A.Arn"},
]


def as_document(**sections: Any) -> Document:
    return parse_document(Path("t.json"), json.dumps(sections, indent=1))


@pytest.mark.parametrize(("value", "problem"), VALUES)
def test_an_argument_of_a_function_has_its_form(value: Any, problem: str) -> None:
    conditions = {"Known": {"Fn::Equals": [1, 1]}}
    resources = {"A": {**TOPIC, "Properties": {"TopicName": value}}}

    (error,) = find_template_errors(as_document(Conditions=conditions, Resources=resources))
    assert error.startswith("t.json:11: Resources.A: ")
    assert problem in error


def test_valid_functions_are_no_errors() -> None:
    properties = {"Resources": {"A": {**TOPIC, "Properties": {"TopicName": VALID}}}}
    assert find_template_errors(as_document(Conditions={"Known": {"a": 1}}, **properties)) == ()


def test_all_parts_are_reported_at_once() -> None:
    document = as_document(
        Parameters=["x"],
        Conditions={"C": {"Fn::Not": [{"Condition": "D"}]}},
        Resources={
            "A": {"Properties": {}},
            "B": {"Type": ["x"]},
            "C": {**TOPIC, "Properties": [1]},
            "D": {**TOPIC, "Condition": "Absent"},
            "E": {**TOPIC, "Condition": {"Fn::Not": []}},
            "F": {},
            "G": {"Fn::Transform": {"Name": "AWS::Include"}},
        },
        Outputs={"O": {"Value": {"Ref": ""}, "Condition": "C"}},
    )
    problems = [error.partition(": ")[2] for error in find_template_errors(document)]
    assert problems == [
        "Parameters: the section is a list, not an object",
        "Conditions.C: the section Conditions has no 'D'. Add it, or correct the name.",
        "Resources.A: the resource has no Type. Add it.",
        "Resources.B.Type: the Type is a list, not a text",
        "Resources.C.Properties: the Properties are a list, not an object",
        "Resources.D: the section Conditions has no 'Absent'. Add it, or correct the name.",
        "Resources.E: the condition is an object, not the name of a condition",
        "Resources.F: the resource has no Type. Add it.",
        "Outputs.O: the argument of Ref is '', not the name of a parameter or a resource",
    ]


def test_a_loop_has_its_form_and_its_transform() -> None:
    body = {"X${N}": TOPIC}
    loops = {
        "Fn::ForEach::A": ["N", ["a"], body],
        "Fn::ForEach::B": ["N", {"Ref": "P"}, body],
        "Fn::ForEach::C": ["N"],
        "Fn::ForEach::D": 3,
        "Fn::ForEach::E": ["N", "a", body],
    }
    extended = as_document(Transform="AWS::LanguageExtensions", Resources=loops)
    problems = [error.partition(": ")[2] for error in find_template_errors(extended)]
    assert [problem[: len("Resources.Fn::ForEach::C")] for problem in problems] == [
        f"Resources.Fn::ForEach::{name}" for name in "CDE"
    ]
    assert problems[0].endswith("not a list of an identifier, a collection and an object")
    errors = find_template_errors(as_document(Resources=loops))
    assert len(errors) == len(loops)
    assert "needs `Transform: AWS::LanguageExtensions`" in errors[0]


@pytest.mark.parametrize(
    "sections",
    [
        {"Transform": "MyMacro", "Resources": {"A": {"Anything": 1}}},
        {"Resources": {"A": {"Anything": 1}, "Fn::Transform": {"Name": "AWS::Include"}}},
        {
            "Transform": "AWS::LanguageExtensions",
            "Conditions": {"Fn::ForEach::X": ["N", ["a"], {"Is${N}": {"Fn::Equals": [1, 1]}}]},
            "Resources": {"A": {**TOPIC, "Condition": "Isa"}},
        },
    ],
)
def test_what_a_macro_or_a_loop_creates_is_not_judged(sections: dict[str, Any]) -> None:
    assert find_template_errors(as_document(**sections)) == ()
