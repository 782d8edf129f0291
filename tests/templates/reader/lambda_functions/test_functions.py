"""Reserved and provisioned concurrency of functions in a template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streaming_construct.model.functions import Function
from streaming_construct.templates.reader.lambda_functions.functions import LambdaFunctions
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.stack import Stack


def function(properties: dict[str, Any], **other_resources: Any) -> Function:
    """Return the function `Fn` with these properties, read with other resources."""
    members = {"FunctionName": "chat", "Runtime": "nodejs22.x", **properties}
    resources = {"Fn": {"Type": "AWS::Lambda::Function", "Properties": members}, **other_resources}
    stack = Stack(names=("S",), file=Path("S.json"), template={"Resources": resources})
    lambda_function = LambdaFunctions([Resolver(stack)]).find("chat")
    assert lambda_function
    return lambda_function


def read_qualified(kind: str, function: object, count: object) -> dict[str, Any]:
    config = {"ProvisionedConcurrentExecutions": count}
    properties = {"FunctionName": function, "ProvisionedConcurrencyConfig": config}
    return {"Type": f"AWS::Lambda::{kind}", "Properties": properties}


def test_reserved_concurrency_is_read() -> None:
    """It is None without a reservation. Zero is a reservation."""
    assert function({}).reserved_concurrency is None
    assert function({"ReservedConcurrentExecutions": 0}).reserved_concurrency == 0
    assert function({"ReservedConcurrentExecutions": "3"}).reserved_concurrency == 3


def test_provisioned_concurrency_of_aliases_and_versions_is_summed() -> None:
    """By reference, name or ARN. Other functions and unknown values do not count."""
    arn = {"Fn::GetAtt": ["Fn", "Arn"]}
    read = function(
        {},
        Live=read_qualified("Alias", {"Ref": "Fn"}, 2),
        Next=read_qualified("Version", arn, 1),
        Other=read_qualified("Alias", "other", 7),
        Unknown=read_qualified("Alias", "chat", {"Fn::ImportValue": "nowhere"}),
    )

    assert read.provisioned_concurrency == 3
