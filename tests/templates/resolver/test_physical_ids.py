"""References to resources of a deployed stack are their physical ids; others are generated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.aws.function_arn import parse_function_arn
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.stack import Stack

ALIAS = "arn:aws:lambda:eu-west-1:111122223333:function:Chat-1F:live"
STACK = Stack(
    names=("Chat",),
    file=Path("Chat.template"),
    template={
        "Resources": {
            "Function": {"Type": "AWS::Lambda::Function"},
            "Alias": {"Type": "AWS::Lambda::Alias"},
            "Api": {"Type": "AWS::ApiGateway::RestApi"},
            "Later": {"Type": "AWS::Lambda::Function"},
        }
    },
    account="111122223333",
    region="eu-west-1",
    physical_ids={"Function": "Chat-1F", "Alias": ALIAS, "Api": "a1b2c3"},
)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ({"Ref": "Function"}, "Chat-1F"),
        (
            {"Fn::GetAtt": ["Function", "Arn"]},
            "arn:aws:lambda:eu-west-1:111122223333:function:Chat-1F",
        ),
        ({"Ref": "Alias"}, ALIAS),
        ({"Fn::GetAtt": ["Alias", "AliasArn"]}, ALIAS),
        ({"Ref": "Api"}, "a1b2c3"),
        ({"Fn::Sub": "${Api}/${Function}"}, "a1b2c3/Chat-1F"),
    ],
)
def test_a_reference_is_the_physical_id(reference: Any, expected: str) -> None:
    """`Ref`, and values that CloudFormation builds from it."""
    assert Resolver(STACK).resolve(reference) == expected


def test_a_resource_that_is_not_deployed_has_a_generated_name() -> None:
    """A stack that is only synthesized has the same."""
    assert Resolver(STACK).resolve({"Ref": "Later"}) == "Chat-Later"
    undeployed = Resolver(replace(STACK, physical_ids={}))
    assert undeployed.resolve({"Ref": "Function"}) == "Chat-Function"


def test_a_resource_with_only_an_arn_is_named_by_it() -> None:
    """It has no file."""
    with_arns = replace(STACK, arns={"Function": "arn:aws:lambda"})

    assert find_origin(with_arns, "Function") == SourceLocation(arn="arn:aws:lambda")
    assert find_origin(with_arns, "Alias").logical_id == "Alias"


def test_a_generated_name_has_the_length_of_a_function_name() -> None:
    """CloudFormation shortens it. A longer one would not be part of a function's ARN."""
    names = [f"{'Level' * 40}{number}" for number in range(2)]
    resources = {name: {"Type": "AWS::Lambda::Function"} for name in names}
    resolver = Resolver(replace(STACK, template={"Resources": resources}))

    arns = {str(resolver.resolve({"Fn::GetAtt": [name, "Arn"]})) for name in names}

    assert len(arns) == 2
    assert all(parse_function_arn(arn) for arn in arns)
