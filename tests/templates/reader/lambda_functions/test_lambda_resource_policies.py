"""`AWS::Lambda::ResourcePolicy`: the permissions in it, and those that it replaces."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.model.functions import Function
from tests.templates.reader.test_api_reader import get_att, operation, read, resources

SERVICE = {"Service": "apigateway.amazonaws.com"}
ARN = "arn:aws:execute-api:eu-west-1:111122223333:api/*/GET/"


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": SERVICE,
        "Action": "lambda:InvokeFunction",
        "Resource": get_att(),
        "Condition": {"ArnLike": {"AWS:SourceArn": ARN}},
        **changes,
    }


def function(
    *statements: Any, arn: Any = None, document: Any = None, **other_resources: Any
) -> Function:
    policy = {
        "Type": "AWS::Lambda::ResourcePolicy",
        "Properties": {
            "ResourceArn": get_att() if arn is None else arn,
            "PolicyDocument": document or {"Statement": list(statements)},
        },
    }
    api = read(resources({"/": {"get": operation(get_att())}}, Policy=policy, **other_resources))
    (only_function,) = api.functions.values()
    return only_function


def list_permissions(
    lambda_function: Function,
) -> list[tuple[str, str, str | None, str | None]] | None:
    if lambda_function.permissions is None:
        return None
    return [
        (permission.principal, permission.action, permission.source_arn, permission.source_account)
        for permission in lambda_function.permissions
    ]


def test_a_statement_is_a_permission() -> None:
    """It has service, action and source. The key of a condition may have any case."""
    assert list_permissions(function(statement())) == [
        ("apigateway.amazonaws.com", "lambda:InvokeFunction", ARN, None)
    ]


def test_each_element_of_a_list_is_a_permission() -> None:
    """Of principals, actions and sources."""
    listed = statement(
        Principal={"Service": ["apigateway.amazonaws.com", "events.amazonaws.com"]},
        Condition={
            "ArnLike": {"aws:SourceArn": ["a", "b"]},
            "StringEquals": {"aws:SourceAccount": "1"},
        },
    )

    permissions = list_permissions(function(listed))

    assert permissions is not None
    assert len(permissions) == 4
    assert {(arn, account) for _, _, arn, account in permissions} == {("a", "1"), ("b", "1")}


@pytest.mark.parametrize(
    ("changes", "source_arn"),
    [
        ({"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}, "?"),
        ({"Condition": {"ArnLike": {"aws:SourceArn": {"Ref": "Nowhere"}}}}, "?"),
        ({"Condition": None}, None),
    ],
)
def test_an_unresolved_condition_makes_the_source_unknown(
    changes: dict[str, Any], source_arn: str | None
) -> None:
    """It is neither a permission for every API nor none."""
    permissions = list_permissions(function(statement(**changes)))

    assert permissions is not None
    assert permissions[0][2] == source_arn


def test_a_policy_with_a_denial_or_an_unknown_part_is_not_judged() -> None:
    """The policy of the function is unknown then."""
    elsewhere = {"Ref": "Nowhere"}

    assert list_permissions(function(statement(), statement(Effect="Deny"))) is None
    assert list_permissions(function(document=elsewhere)) is None
    assert list_permissions(function(statement(), arn=elsewhere)) is None


def test_a_policy_replaces_the_permissions_of_the_same_qualifier() -> None:
    """Those of an alias stay."""

    def permission(name: Any) -> dict[str, Any]:
        properties = {
            "FunctionName": name,
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": "of a permission",
        }
        return {"Type": "AWS::Lambda::Permission", "Properties": properties}

    alias = {"Fn::Join": [":", [get_att(), "live"]]}
    lambda_function = function(statement(), Plain=permission(get_att()), Alias=permission(alias))

    assert [
        overwritten_permission.origin.logical_id
        for overwritten_permission in lambda_function.overwritten_permissions
    ] == ["Plain"]
    assert [
        permission_read.origin.logical_id for permission_read in lambda_function.permissions or ()
    ] == ["Alias", "Policy"]
