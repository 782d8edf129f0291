"""The role by which API Gateway invokes the functions of an API, and nothing else."""

from __future__ import annotations

from typing import Final

from aws_cdk import CfnResource
from aws_cdk.aws_iam import IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal
from constructs import Construct

# API Gateway's streaming call is authorised by lambda:InvokeFunction
# (https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html). The second
# action, which AWS's guides list and today's service reference does not know, grants nothing more;
# it is here for the day or the partition where it is checked.
_ACTIONS: Final = ["lambda:InvokeFunction", "lambda:InvokeWithResponseStream"]


class InvokeRole:
    """Grants exactly the ARNs that integrations name: no wildcard, no `:*`.

    Of the construct's own role the grant is an inline policy, so that the role is never there
    without it; a role of the caller's gets a policy statement. The trust policy has no
    `aws:SourceAccount` condition: API Gateway does not send that key when it assumes the role.
    """

    def __init__(self, scope: Construct, own: IRole | None) -> None:
        self._statement = PolicyStatement(actions=_ACTIONS)
        self.role: IRole = own or _create(scope, self._statement)
        self._attached = own is None

    def grant_invoke(self, function_arn: str) -> None:
        """Allow the role to invoke `function_arn`, and only that version or alias if it has one."""
        self._statement.add_resources(function_arn)
        if not self._attached:
            self.role.add_to_principal_policy(self._statement)
            self._attached = True


def _create(scope: Construct, statement: PolicyStatement) -> Role:
    role = Role(
        scope,
        "Role",
        assumed_by=ServicePrincipal("apigateway.amazonaws.com"),
        description="Lets API Gateway invoke the functions of one streaming REST API",
        inline_policies={"InvokeFunctions": PolicyDocument(statements=[statement])},
    )
    resource = role.node.default_child
    assert isinstance(resource, CfnResource)  # noqa: S101 - a new Role always has one
    # W3037: cfn-lint does not know the second action; see _ACTIONS.
    resource.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3037"]}})
    return role
