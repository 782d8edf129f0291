"""Of a stack that is deployed, references answer what AWS gave; of the others they are made up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

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
    ("reference", "answer"),
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
def test_a_reference_answers_what_aws_gave(reference: Any, answer: str) -> None:
    """By `Ref`, and in what CloudFormation makes of it."""
    assert Resolver(STACK).resolve(reference) == answer


def test_what_is_not_deployed_has_a_made_up_name() -> None:
    """As in a stack that is only synthesized."""
    assert Resolver(STACK).resolve({"Ref": "Later"}) == "Chat-Later"
    undeployed = Resolver(replace(STACK, physical_ids={}))
    assert undeployed.resolve({"Ref": "Function"}) == "Chat-Function"


def test_what_has_an_arn_alone_is_called_by_it() -> None:
    """A file there is not."""
    found = replace(STACK, arns={"Function": "arn:aws:lambda"})

    assert find_origin(found, "Function") == SourceLocation(arn="arn:aws:lambda")
    assert find_origin(found, "Alias").logical_id == "Alias"
