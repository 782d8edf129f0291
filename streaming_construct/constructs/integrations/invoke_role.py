"""The role by which API Gateway invokes the functions of an API, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import jsii
from aws_cdk import CfnResource, IListProducer, IResolveContext, Lazy, Stack, Token
from aws_cdk.aws_iam import IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal
from constructs import Construct

from streaming_construct.constructs.cdk.validation import add_warnings
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.permissions import ROLE_NOT_GRANTED
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.arguments import ARGUMENT_TYPE

# lambda:InvokeFunction authorizes API Gateway's streaming call
# (https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html). AWS's guides
# list the second action, and its service reference does not. It grants nothing more, and is listed
# in case AWS checks it.
STREAMING_ACTIONS: Final = ["lambda:InvokeFunction", "lambda:InvokeWithResponseStream"]


@jsii.implements(IListProducer)
class _Arns:
    def __init__(self, arns: Callable[[], list[str]]) -> None:
        self._arns = arns

    def produce(self, _context: IResolveContext) -> list[str]:
        return self._arns()


def check_role(role: object, subject: Subject) -> Iterator[Finding]:
    """Yield a finding where `role` is not one that a policy can be added to."""
    if role is not None and not callable(getattr(role, "add_to_principal_policy", None)):
        yield ARGUMENT_TYPE.at(
            subject,
            f"role is {role!r}, not a role",
            fix="Pass the role itself, or Role.from_role_arn(...).",
        )


def _create_immutable_role_warning() -> Finding:
    return ROLE_NOT_GRANTED.at(
        Subject("API"), "the role belongs to another account, and CDK cannot add a policy to it"
    )


def resolve_invoke_role(
    scope: Construct,
    role_of_caller: IRole | None,
    arns: Callable[[], list[str]],
    *,
    role_id: str,
    description: str,
    actions: Sequence[str],
) -> IRole:
    """Return a role that may invoke the functions that `arns` returns at synthesis.

    The policy has no wildcard. A new role gets an inline policy, so that it never exists without
    the grant. If the caller passes `role_of_caller`, that role gets a policy statement. The trust
    policy has no `aws:SourceAccount` condition: API Gateway does not send that key when it assumes
    the role.
    """
    statement = PolicyStatement(actions=actions, resources=Lazy.uncached_list(_Arns(arns)))
    if role_of_caller is not None:
        role_of_caller.add_to_principal_policy(statement)
        # CDK does not report that it cannot add a policy to a role of another account.
        account, stack_account = role_of_caller.principal_account, Stack.of(scope).account
        is_known = not (
            account is None or Token.is_unresolved(account) or Token.is_unresolved(stack_account)
        )
        if is_known and account != stack_account:
            add_warnings(scope, [_create_immutable_role_warning()])
        return role_of_caller
    role = Role(
        scope,
        role_id,
        assumed_by=ServicePrincipal("apigateway.amazonaws.com"),
        description=description,
        inline_policies={"InvokeFunctions": PolicyDocument(statements=[statement])},
    )
    if actions is STREAMING_ACTIONS:
        # W3037: cfn-lint does not know the second action; see above.
        ignored = {"config": {"ignore_checks": ["W3037"]}}
        resource = role.node.default_child
        # `Role.customize_roles` lets CDK import a role in the place of a new one.
        if isinstance(resource, CfnResource):
            resource.add_metadata("cfn-lint", ignored)
    return role
