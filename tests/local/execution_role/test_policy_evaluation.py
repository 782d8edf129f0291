"""The decision of the policies of a role on one permission."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.local.execution_role.policy_evaluation import (
    Decision,
    Evaluation,
    Permission,
    PolicyKind,
    evaluate,
)
from streaming_construct.model.execution_role import (
    ExecutionRole,
    PermissionsBoundary,
    PolicyCondition,
    PolicyValue,
    ResourceBasedPolicy,
    RoleStatement,
    UnknownValue,
)
from streaming_construct.model.source_location import UNKNOWN_LOCATION

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/jobs"
ALLOWED, NOT_ALLOWED = Decision.ALLOWED, Decision.NOT_ALLOWED
DENIED, UNKNOWN = Decision.EXPLICITLY_DENIED, Decision.UNKNOWN
NOT_DEPLOYED = UnknownValue("Stream.Arn is unknown until it is deployed")


def statement(**changes: Any) -> RoleStatement:
    values = {"policy": "P", "actions": ("dynamodb:GetItem",), "resources": (TABLE,), **changes}
    return RoleStatement(**values)


def denial(**changes: Any) -> RoleStatement:
    return statement(effect="Deny", **changes)


def condition(operator: str, key: str, *values: str) -> PolicyCondition:
    return PolicyCondition(operator=operator, key=key, values=values)


def decision(*statements: RoleStatement, unknown_policies: tuple[str, ...] = ()) -> Decision:
    role = ExecutionRole(
        name="R",
        arn="arn:aws:iam::123456789012:role/R",
        origin=UNKNOWN_LOCATION,
        statements=statements,
        unknown_policies=unknown_policies,
    )
    context = {"aws:requestedregion": ("us-east-1",), "s3:prefix": (), "aws:tags": ("a", "b")}
    required = Permission(action="dynamodb:GetItem", resources=(TABLE,), context=context)
    return evaluate(role, required).decision


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], NOT_ALLOWED),
        ([statement()], ALLOWED),
        ([statement(actions=("DynamoDB:getitem",))], ALLOWED),
        ([statement(actions=("dynamodb:Get*",))], ALLOWED),
        ([statement(actions=("dynamodb:G?tItem",), resources=("*",))], ALLOWED),
        ([statement(actions=("dynamodb:PutItem",))], NOT_ALLOWED),
        ([statement(resources=(TABLE + "/index/*",))], NOT_ALLOWED),
        ([statement(resources=(TABLE.upper(),))], NOT_ALLOWED),
        ([statement(resources=("arn:aws:dynamodb:*:*:table/*",))], ALLOWED),
        ([statement(), denial()], DENIED),
        ([denial(), statement()], DENIED),
        ([statement(), denial(actions=("dynamodb:Delete*",))], ALLOWED),
        ([statement(actions=("dynamodb:PutItem",), excludes_actions=True)], ALLOWED),
        ([statement(actions=("dynamodb:*",), excludes_actions=True)], NOT_ALLOWED),
        ([statement(resources=(TABLE,), excludes_resources=True)], NOT_ALLOWED),
        ([statement(), denial(resources=("*other*",), excludes_resources=True)], DENIED),
        ([statement(resources=(NOT_DEPLOYED,))], UNKNOWN),
        ([statement(resources=(NOT_DEPLOYED, TABLE))], ALLOWED),
        ([statement(resources=(NOT_DEPLOYED,), actions=("s3:*",))], NOT_ALLOWED),
        ([statement(), denial(resources=(NOT_DEPLOYED,))], UNKNOWN),
        ([denial(resources=(NOT_DEPLOYED,))], NOT_ALLOWED),
        ([statement(unknown="the document is not known")], UNKNOWN),
        ([statement(), statement(unknown="the document is not known")], ALLOWED),
    ],
)
def test_statements_allow_and_deny(statements: list[RoleStatement], expected: Decision) -> None:
    assert decision(*statements) is expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([condition("StringEquals", "aws:RequestedRegion", "us-east-1")], ALLOWED),
        ([condition("StringEquals", "aws:RequestedRegion", "eu-west-1", "us-east-1")], ALLOWED),
        ([condition("StringEquals", "aws:RequestedRegion", "eu-west-1")], NOT_ALLOWED),
        ([condition("StringLike", "AWS:requestedregion", "us-*")], ALLOWED),
        ([condition("StringNotLike", "aws:RequestedRegion", "us-*")], NOT_ALLOWED),
        ([condition("StringNotEquals", "aws:RequestedRegion", "eu-west-1")], ALLOWED),
        ([condition("StringEquals", "s3:prefix", "a")], NOT_ALLOWED),
        ([condition("StringEqualsIfExists", "s3:prefix", "a")], ALLOWED),
        ([condition("StringNotEquals", "s3:prefix", "a")], ALLOWED),
        ([condition("Null", "s3:prefix", "true")], ALLOWED),
        ([condition("Null", "aws:RequestedRegion", "true")], NOT_ALLOWED),
        ([condition("ForAnyValue:StringEquals", "aws:tags", "b")], ALLOWED),
        ([condition("ForAllValues:StringEquals", "aws:tags", "b")], NOT_ALLOWED),
        ([condition("ForAllValues:StringEquals", "s3:prefix", "b")], ALLOWED),
        ([condition("ForAnyValue:StringEquals", "s3:prefix", "b")], NOT_ALLOWED),
        ([condition("StringEquals", "aws:SourceVpce", "vpce-1")], UNKNOWN),
        ([condition("IpAddress", "aws:RequestedRegion", "10.0.0.0/8")], UNKNOWN),
        ([condition("StringNear", "aws:RequestedRegion", "us")], UNKNOWN),
        (
            [
                condition("StringEquals", "aws:SourceVpce", "vpce-1"),
                condition("StringEquals", "aws:RequestedRegion", "eu-west-1"),
            ],
            NOT_ALLOWED,
        ),
    ],
)
def test_conditions_with_known_keys_are_evaluated(
    conditions: list[PolicyCondition], expected: Decision
) -> None:
    assert decision(statement(conditions=tuple(conditions))) is expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:dynamodb:${aws:RequestedRegion}:*:table/jobs", ALLOWED),
        ("arn:aws:dynamodb:*:*:table/${aws:username}", UNKNOWN),
        ("arn:aws:s3:::${aws:username}", NOT_ALLOWED),
        ("arn:aws:dynamodb:*:*:table/${*}", ALLOWED),
    ],
)
def test_known_policy_variables_are_replaced(resource: str, expected: Decision) -> None:
    assert decision(statement(resources=(resource,))) is expected
    assert decision(statement(resources=(resource,), has_variables=False)) is NOT_ALLOWED


def test_an_unread_policy_may_allow_what_no_other_policy_allows() -> None:
    reasons = ("the policy arn:aws:iam::123456789012:policy/shared is not in the template",)

    assert decision(unknown_policies=reasons) is UNKNOWN
    assert decision(statement(), unknown_policies=reasons) is ALLOWED
    assert decision(denial(), unknown_policies=reasons) is DENIED


def test_an_evaluation_names_the_policy_or_the_reason() -> None:
    role = ExecutionRole(
        name="R",
        arn="arn:aws:iam::123456789012:role/R",
        origin=UNKNOWN_LOCATION,
        statements=(denial(actions=("dynamodb:GetItem",)), statement(resources=(NOT_DEPLOYED,))),
    )
    denied = evaluate(role, Permission(action="dynamodb:GetItem", resources=(TABLE,)))
    unknown = evaluate(role, Permission(action="dynamodb:GetItem", resources=("arn:other",)))

    assert (denied.decision, denied.policy) == (DENIED, "P")
    assert unknown.reasons == ("policy P: Stream.Arn is unknown until it is deployed",)


ROLE = "arn:aws:iam::123456789012:role/R"
SESSION = "arn:aws:sts::123456789012:assumed-role/R/Fn"
ACCOUNT_ROOT = "arn:aws:iam::123456789012:root"


def bounded(
    *statements: RoleStatement,
    boundary: PermissionsBoundary | None = None,
    resource: RoleStatement | None = None,
    protected: PolicyValue = TABLE,
) -> Evaluation:
    """Evaluate a permission with a boundary and the policy of the table."""
    policy = ResourceBasedPolicy(
        name="T", resources=(protected,), statements=(resource,) if resource else ()
    )
    role = ExecutionRole(
        name="R",
        arn=ROLE,
        origin=UNKNOWN_LOCATION,
        statements=statements,
        permissions_boundary=boundary,
        resource_policies=(policy,),
    )
    return evaluate(role, Permission(action="dynamodb:GetItem", resources=(TABLE,)), SESSION)


def limit(*statements: RoleStatement, unknown: str | None = None) -> PermissionsBoundary:
    return PermissionsBoundary(name="B", statements=statements, unknown=unknown)


OTHER_ACTION = statement(actions=("s3:*",))


@pytest.mark.parametrize(
    ("statements", "boundary", "expected", "kind"),
    [
        ([statement()], limit(statement()), ALLOWED, PolicyKind.IDENTITY),
        ([statement()], limit(OTHER_ACTION), NOT_ALLOWED, PolicyKind.BOUNDARY),
        ([statement()], limit(statement(), denial()), DENIED, PolicyKind.BOUNDARY),
        ([], limit(statement()), NOT_ALLOWED, PolicyKind.IDENTITY),
        ([statement()], limit(unknown="B is not in the template"), UNKNOWN, PolicyKind.IDENTITY),
        ([], limit(unknown="B is not in the template"), NOT_ALLOWED, PolicyKind.IDENTITY),
        ([statement()], limit(statement(resources=(NOT_DEPLOYED,))), UNKNOWN, PolicyKind.IDENTITY),
    ],
)
def test_a_boundary_limits_what_the_role_allows(
    statements: list[RoleStatement],
    boundary: PermissionsBoundary,
    expected: Decision,
    kind: PolicyKind,
) -> None:
    result = bounded(*statements, boundary=boundary)

    assert (result.decision, result.kind) == (expected, kind)


@pytest.mark.parametrize(
    ("statements", "resource", "boundary", "expected"),
    [
        ([], statement(principals=("*",)), None, ALLOWED),
        ([], statement(principals=(ROLE,)), None, ALLOWED),
        ([], statement(principals=(ACCOUNT_ROOT,)), None, NOT_ALLOWED),
        ([], statement(principals=()), None, NOT_ALLOWED),
        ([], statement(principals=(ROLE,)), limit(OTHER_ACTION), NOT_ALLOWED),
        ([], statement(principals=(SESSION,)), limit(OTHER_ACTION), ALLOWED),
        ([statement()], denial(principals=("*",)), None, DENIED),
        ([statement()], denial(principals=(ACCOUNT_ROOT,)), None, DENIED),
        ([statement()], denial(principals=("123456789012",)), None, DENIED),
        ([statement()], denial(principals=("arn:aws:iam::123456789012:role/Q",)), None, ALLOWED),
        ([statement()], denial(principals=()), None, ALLOWED),
        ([statement()], denial(principals=(NOT_DEPLOYED,)), None, UNKNOWN),
        ([statement()], denial(principals=("*",), unknown="NotPrincipal"), None, UNKNOWN),
        ([], statement(principals=(SESSION,)), limit(denial()), DENIED),
    ],
)
def test_the_policy_of_a_resource_allows_and_denies(
    statements: list[RoleStatement],
    resource: RoleStatement,
    boundary: PermissionsBoundary | None,
    expected: Decision,
) -> None:
    assert bounded(*statements, boundary=boundary, resource=resource).decision is expected


def test_a_resource_policy_applies_only_to_its_resource() -> None:
    """Its statements may name all resources. They apply to the one that has the policy."""
    everything = denial(principals=("*",), resources=("*",))

    assert bounded(statement(), resource=everything).kind is PolicyKind.RESOURCE
    assert bounded(statement(), resource=everything, protected="arn:other").decision is ALLOWED
    assert bounded(statement(), resource=everything, protected=NOT_DEPLOYED).decision is UNKNOWN
