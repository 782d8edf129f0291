"""The execution roles of functions, with the policies that decide on their calls.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from streaming_construct.aws.managed_policies import MANAGED_POLICIES
from streaming_construct.model.execution_role import (
    ExecutionRole,
    PermissionsBoundary,
    ResourceBasedPolicy,
    RoleStatement,
)
from streaming_construct.templates.reader.lambda_functions.policy_statements import read_statements
from streaming_construct.templates.reader.lambda_functions.resource_policies import (
    list_ignored_policies,
    read_resource_policies,
)
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, to_string
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.unresolved import Unresolved, list_unresolved_reasons

_ATTACHED_POLICIES: Final = (
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::ManagedPolicy",
)
_AWS_MANAGED: Final = ":iam::aws:policy/"


class ExecutionRoles:
    """Finds the roles of functions in the stacks that `resolvers` resolve."""

    def __init__(self, resolvers: Sequence[Resolver]) -> None:
        self._resolvers = resolvers
        self._roles: dict[str, ExecutionRole] = {}

    def find(self, arn: object) -> ExecutionRole | None:
        """Return the role of an ARN; None if no stack declares it."""
        declared = self._declared.get(str(arn))
        if declared is None:
            return None
        if str(arn) not in self._roles:
            self._roles[str(arn)] = self._read(str(arn), *declared)
        return self._roles[str(arn)]

    @cached_property
    def _declared(self) -> dict[str, tuple[Resolver, str, Mapping[str, Any]]]:
        return {
            str(resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]})): (
                resolver,
                logical_id,
                resource,
            )
            for resolver in self._resolvers
            for logical_id, resource in resolver.list_resources("AWS::IAM::Role")
        }

    @cached_property
    def _attached(self) -> list[tuple[Resolver, str, Mapping[str, Any]]]:
        return [
            (resolver, logical_id, resolver.properties(resource))
            for resolver in self._resolvers
            for kind in _ATTACHED_POLICIES
            for logical_id, resource in resolver.list_resources(kind)
        ]

    def _read(
        self, arn: str, resolver: Resolver, logical_id: str, resource: Mapping[str, Any]
    ) -> ExecutionRole:
        properties = resolver.properties(resource)
        origin = find_origin(resolver.stack, logical_id)
        statements: list[RoleStatement] = []
        unknown: list[str] = []
        inline = properties.get("Policies")
        for policy in [inline] if isinstance(inline, Unresolved) else as_list(inline):
            name = to_string(as_mapping(policy).get("PolicyName", origin.display_name))
            document = as_mapping(policy).get("PolicyDocument", policy)
            statements += read_statements(name, document)
        managed_arns = properties.get("ManagedPolicyArns")
        policy_arns = (
            [managed_arns] if isinstance(managed_arns, Unresolved) else as_list(managed_arns)
        )
        for policy_name, document in self._list_attached_documents(
            resolver.ref(logical_id), policy_arns
        ):
            statements += read_statements(policy_name, document)
        for managed in policy_arns:
            if isinstance(managed, Unresolved):
                unknown.append(f"an attached policy is not known: {managed}")
            elif str(managed) not in self._managed_arns:
                statements_of_policy = _get_aws_managed_statements(str(managed))
                if statements_of_policy is None:
                    unknown.append(f"the policy {managed} is not in the template")
                statements += statements_of_policy or ()
        return ExecutionRole(
            name=to_string(resolver.ref(logical_id)),
            arn=arn,
            origin=origin,
            statements=tuple(statements),
            unknown_policies=tuple(unknown),
            permissions_boundary=self._read_boundary(properties.get("PermissionsBoundary")),
            resource_policies=self._resource_policies,
            ignored_policies=self._ignored_policies,
        )

    def _read_boundary(self, arn: object) -> PermissionsBoundary | None:
        if arn is None:
            return None
        if isinstance(arn, Unresolved):
            return PermissionsBoundary(
                name="?", unknown=f"the permissions boundary is not known: {arn}"
            )
        declared = self._managed_arns.get(str(arn))
        if declared is not None:
            resolver, logical_id = declared
            name = find_origin(resolver.stack, logical_id).display_name
            resource = as_mapping(resolver.section("Resources").get(logical_id))
            document = resolver.properties(resource).get("PolicyDocument")
            return PermissionsBoundary(name=name, statements=tuple(read_statements(name, document)))
        managed_statements = _get_aws_managed_statements(str(arn))
        if managed_statements is None:
            reason = f"the permissions boundary {arn} is not in the template"
            return PermissionsBoundary(name=str(arn), unknown=reason)
        return PermissionsBoundary(name=str(arn), statements=managed_statements)

    @cached_property
    def _resource_policies(self) -> tuple[ResourceBasedPolicy, ...]:
        return tuple(
            policy for resolver in self._resolvers for policy in read_resource_policies(resolver)
        )

    @cached_property
    def _ignored_policies(self) -> tuple[str, ...]:
        return tuple(
            policy for resolver in self._resolvers for policy in list_ignored_policies(resolver)
        )

    @cached_property
    def _managed_arns(self) -> dict[str, tuple[Resolver, str]]:
        return {
            str(resolver.ref(logical_id)): (resolver, logical_id)
            for resolver in self._resolvers
            for logical_id, _ in resolver.list_resources("AWS::IAM::ManagedPolicy")
        }

    def _list_attached_documents(
        self, role_name: object, managed_arns: Sequence[object]
    ) -> Iterator[tuple[str, object]]:
        """Yield the name and the document of each policy of the stacks that the role has."""
        attached = [self._managed_arns.get(str(arn)) for arn in managed_arns]
        for resolver, logical_id, policy in self._attached:
            names = (*as_list(policy.get("Roles")), policy.get("RoleName"))
            name = find_origin(resolver.stack, logical_id).display_name
            if role_name in names or (resolver, logical_id) in attached:
                yield name, policy.get("PolicyDocument")
            elif unresolved := next(list_unresolved_reasons([policy.get("Roles"), *names]), None):
                yield name, Unresolved(f"the roles are not known: {unresolved}")


def _get_aws_managed_statements(arn: str) -> tuple[RoleStatement, ...] | None:
    partition, _, name = arn.partition(_AWS_MANAGED)
    if not partition or name not in MANAGED_POLICIES:
        return None
    return tuple(
        RoleStatement(policy=name.rpartition("/")[2], actions=actions, resources=resources)
        for actions, resources in MANAGED_POLICIES[name]
    )
