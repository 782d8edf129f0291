"""The execution roles of functions, with the policies of the template."""

from __future__ import annotations

from typing import Any

from streaming_construct.model.execution_role import ExecutionRole, UnknownValue
from tests.templates.reader.test_api_reader import fn, operation, read, resources


def document(action: str, resource: object = "*", **members: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **members}
    return {"Version": "2012-10-17", "Statement": [statement]}


def role_of(**added: Any) -> ExecutionRole | None:
    template = resources({"/": {"get": operation(fn())}})
    template["Fn"]["Properties"]["Role"] = {"Fn::GetAtt": ["Role", "Arn"]}
    (function,) = read({**template, **added}).functions.values()
    return function.execution_role


def role(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def policy(kind: str, action: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": {"PolicyDocument": document(action), **properties}}


def test_policies_of_all_kinds_are_read() -> None:
    """Inline, attached by the policy, attached by the role, and one that AWS manages."""
    found = role_of(
        Role=role(
            Policies=[{"PolicyName": "inline", "PolicyDocument": document("a:Inline")}],
            ManagedPolicyArns=[
                {"Ref": "Managed"},
                "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            ],
        ),
        Policy=policy("AWS::IAM::Policy", "a:Policy", Roles=[{"Ref": "Role"}]),
        RolePolicy=policy("AWS::IAM::RolePolicy", "a:RolePolicy", RoleName={"Ref": "Role"}),
        Managed=policy("AWS::IAM::ManagedPolicy", "a:Managed"),
        Other=policy("AWS::IAM::Policy", "a:Other", Roles=["other"]),
    )

    assert found is not None
    assert [statement.actions[0] for statement in found.statements] == [
        "a:Inline",
        "a:Policy",
        "a:RolePolicy",
        "a:Managed",
        "logs:CreateLogGroup",
    ]
    assert (found.unknown_policies, found.has_permissions_boundary) == ((), False)


def test_what_the_template_does_not_give_is_kept_with_its_reason() -> None:
    found = role_of(
        Role=role(
            Policies=[
                {
                    "PolicyName": "inline",
                    "PolicyDocument": document("a:B", {"Fn::GetAtt": ["Thing", "Arn"]}),
                },
                {"PolicyName": "new", "PolicyDocument": document("a:B", Principal="*")},
            ],
            ManagedPolicyArns=["arn:aws:iam::123456789012:policy/shared"],
            PermissionsBoundary="arn:aws:iam::123456789012:policy/boundary",
        ),
        Thing={"Type": "Custom::Thing"},
    )

    assert found is not None
    (resource,) = found.statements[0].resources
    assert isinstance(resource, UnknownValue)
    assert "Thing.Arn is unknown" in resource.reason
    assert found.statements[1].unknown == "a statement has the unknown member Principal"
    assert found.unknown_policies == (
        "the policy arn:aws:iam::123456789012:policy/shared is not in the template",
    )
    assert found.has_permissions_boundary


def test_a_role_outside_of_the_template_is_none() -> None:
    assert role_of() is None
