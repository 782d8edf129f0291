"""Execution roles of functions, with the policies of the template."""

from __future__ import annotations

from typing import Any

from streaming_construct.model.execution_role import ExecutionRole, UnknownValue
from tests.templates.reader.test_api_reader import get_att, operation, read, resources


def document(action: str, resource: object = "*", **members: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **members}
    return {"Version": "2012-10-17", "Statement": [statement]}


def role_of(**added: Any) -> ExecutionRole | None:
    template = resources({"/": {"get": operation(get_att())}})
    template["Fn"]["Properties"]["Role"] = {"Fn::GetAtt": ["Role", "Arn"]}
    (function,) = read({**template, **added}).functions.values()
    return function.execution_role


def role(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def policy(kind: str, action: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": {"PolicyDocument": document(action), **properties}}


def test_policies_of_all_kinds_are_read() -> None:
    """Inline, attached by the policy, attached by the role, and a managed policy of AWS."""
    execution_role = role_of(
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

    assert execution_role is not None
    assert [statement.actions[0] for statement in execution_role.statements] == [
        "a:Inline",
        "a:Policy",
        "a:RolePolicy",
        "a:Managed",
        "logs:CreateLogGroup",
    ]
    assert (execution_role.unknown_policies, execution_role.permissions_boundary) == ((), None)


def test_unresolved_policies_are_kept_with_their_reason() -> None:
    execution_role = role_of(
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

    assert execution_role is not None
    (resource,) = execution_role.statements[0].resources
    assert isinstance(resource, UnknownValue)
    assert "Thing.Arn is unknown" in resource.reason
    assert execution_role.statements[1].unknown == "a statement has the unknown member Principal"
    assert execution_role.unknown_policies == (
        "the policy arn:aws:iam::123456789012:policy/shared is not in the template",
    )
    assert execution_role.permissions_boundary is not None
    assert execution_role.permissions_boundary.unknown == (
        "the permissions boundary arn:aws:iam::123456789012:policy/boundary is not in the template"
    )


def test_a_permissions_boundary_is_read() -> None:
    """It is a policy of the template, or one of AWS."""
    managed = policy("AWS::IAM::ManagedPolicy", "a:Limit")
    declared = role_of(Role=role(PermissionsBoundary={"Ref": "Limit"}), Limit=managed)
    referenced = role_of(
        Role=role(PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3FullAccess"),
    )

    assert declared is not None
    assert referenced is not None
    boundaries = [declared.permissions_boundary, referenced.permissions_boundary]
    read = [
        (boundary.name, boundary.statements[0].actions[0], boundary.unknown)
        for boundary in boundaries
        if boundary is not None
    ]
    assert read == [
        ("Limit", "a:Limit", None),
        ("arn:aws:iam::aws:policy/AmazonS3FullAccess", "s3:*", None),
    ]
    # A boundary grants nothing: it is no identity policy.
    assert declared.statements == ()


def test_resource_policies_are_read_with_their_resource() -> None:
    """Those of each supported service. Others are named."""

    def resource(kind: str, target: str, of: object, member: str = "PolicyDocument") -> Any:
        denial = document("a:B", Effect="Deny", Principal={"AWS": {"Ref": "AWS::AccountId"}})
        return {"Type": kind, "Properties": {target: of, member: denial}}

    execution_role = role_of(
        Role=role(),
        Bucket={"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "docs"}},
        Queue={"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
        Topic={"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
        Secret={"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "key"}},
        BucketPolicy=resource("AWS::S3::BucketPolicy", "Bucket", {"Ref": "Bucket"}),
        QueuePolicy=resource("AWS::SQS::QueuePolicy", "Queues", [{"Ref": "Queue"}]),
        TopicPolicy=resource("AWS::SNS::TopicPolicy", "Topics", [{"Ref": "Topic"}]),
        SecretPolicy=resource(
            "AWS::SecretsManager::ResourcePolicy", "SecretId", {"Ref": "Secret"}, "ResourcePolicy"
        ),
        Table={
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "rows",
                "ResourcePolicy": {"PolicyDocument": document("a:B", Principal="*")},
            },
        },
        Key=resource("AWS::KMS::Key", "Description", "a key", "KeyPolicy"),
        Endpoint=resource("AWS::EC2::VPCEndpoint", "ServiceName", "s3"),
    )

    assert execution_role is not None
    assert {policy.name: policy.resources for policy in execution_role.resource_policies} == {
        "BucketPolicy": ("arn:*:s3:::docs", "arn:*:s3:::docs/*"),
        "QueuePolicy": ("arn:*:sqs:*:123456789012:jobs",),
        "TopicPolicy": ("arn:aws:sns:us-east-1:123456789012:news",),
        "SecretPolicy": (
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:key",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:key-??????",
        ),
        "Table": ("arn:*:dynamodb:*:*:table/rows", "arn:*:dynamodb:*:*:table/rows/index/*"),
    }
    assert {
        (statement.effect, statement.principals)
        for policy in execution_role.resource_policies
        for statement in policy.statements
    } == {("Deny", ("123456789012",)), ("Allow", ("*",))}
    assert execution_role.ignored_policies == (
        "the KeyPolicy of Key",
        "the PolicyDocument of Endpoint",
    )


def test_only_roles_are_read_as_principals() -> None:
    """A service is no role. An unresolved principal has its reason."""

    def principals_of(**members: Any) -> tuple[Any, str | None]:
        execution_role = role_of(
            Role=role(),
            Policy={
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": "docs", "PolicyDocument": document("a:B", **members)},
            },
        )
        assert execution_role is not None
        ((statement,),) = (policy.statements for policy in execution_role.resource_policies)
        return statement.principals, statement.unknown

    role_arn = {"Fn::GetAtt": ["Role", "Arn"]}
    role_read = role_of(Role=role())
    assert role_read is not None
    assert principals_of(Principal={"AWS": [role_arn, "*"]}) == ((role_read.arn, "*"), None)
    assert principals_of(Principal={"Service": "s3.amazonaws.com"}) == ((), None)
    assert principals_of(NotPrincipal={"AWS": "*"}) == (("*",), "NotPrincipal is not evaluated")


def test_a_role_outside_of_the_template_is_not_read() -> None:
    assert role_of() is None
