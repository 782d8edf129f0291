"""The execution roles of functions, with their identity policies.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from streaming_construct.aws.managed_policies import MANAGED_POLICIES
from streaming_construct.model.execution_role import (
    ExecutionRole,
    PolicyCondition,
    PolicyValue,
    RoleStatement,
    UnknownValue,
)
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, to_string
from streaming_construct.templates.stacks.origin import origin_of
from streaming_construct.templates.stacks.unresolved import Unresolved, unresolved_reasons

_ATTACHED_POLICIES: Final = (
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::ManagedPolicy",
)
_AWS_MANAGED: Final = ":iam::aws:policy/"
_VERSION_WITH_VARIABLES: Final = "2012-10-17"
_STATEMENT_MEMBERS: Final = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)


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
            for logical_id, resource in resolver.resources("AWS::IAM::Role")
        }

    @cached_property
    def _attached(self) -> list[tuple[Resolver, str, Mapping[str, Any]]]:
        return [
            (resolver, logical_id, resolver.properties(resource))
            for resolver in self._resolvers
            for kind in _ATTACHED_POLICIES
            for logical_id, resource in resolver.resources(kind)
        ]

    def _read(
        self, arn: str, resolver: Resolver, logical_id: str, resource: Mapping[str, Any]
    ) -> ExecutionRole:
        properties = resolver.properties(resource)
        origin = origin_of(resolver.stack, logical_id)
        statements: list[RoleStatement] = []
        unknown: list[str] = []
        inline = properties.get("Policies")
        for policy in [inline] if isinstance(inline, Unresolved) else as_list(inline):
            name = to_string(as_mapping(policy).get("PolicyName", origin.display_name))
            document = as_mapping(policy).get("PolicyDocument", policy)
            statements += _statements(name, document)
        managed_arns = properties.get("ManagedPolicyArns")
        listed = [managed_arns] if isinstance(managed_arns, Unresolved) else as_list(managed_arns)
        for policy_name, document in self._attached_documents(resolver.ref(logical_id), listed):
            statements += _statements(policy_name, document)
        for managed in listed:
            if isinstance(managed, Unresolved):
                unknown.append(f"an attached policy is not known: {managed}")
            elif str(managed) not in self._managed_arns:
                known = _aws_managed_statements(str(managed))
                if known is None:
                    unknown.append(f"the policy {managed} is not in the template")
                statements += known or ()
        return ExecutionRole(
            name=to_string(resolver.ref(logical_id)),
            arn=arn,
            origin=origin,
            statements=tuple(statements),
            unknown_policies=tuple(unknown),
            has_permissions_boundary="PermissionsBoundary" in properties,
        )

    @cached_property
    def _managed_arns(self) -> dict[str, tuple[Resolver, str]]:
        return {
            str(resolver.ref(logical_id)): (resolver, logical_id)
            for resolver in self._resolvers
            for logical_id, _ in resolver.resources("AWS::IAM::ManagedPolicy")
        }

    def _attached_documents(
        self, role_name: object, managed_arns: Sequence[object]
    ) -> Iterator[tuple[str, object]]:
        """Yield the name and the document of each policy of the stacks that the role has."""
        attached = [self._managed_arns.get(str(arn)) for arn in managed_arns]
        for resolver, logical_id, policy in self._attached:
            names = (*as_list(policy.get("Roles")), policy.get("RoleName"))
            name = origin_of(resolver.stack, logical_id).display_name
            if role_name in names or (resolver, logical_id) in attached:
                yield name, policy.get("PolicyDocument")
            elif unresolved := next(unresolved_reasons([policy.get("Roles"), *names]), None):
                yield name, Unresolved(f"its roles are not known: {unresolved}")


def _aws_managed_statements(arn: str) -> tuple[RoleStatement, ...] | None:
    partition, _, name = arn.partition(_AWS_MANAGED)
    if not partition or name not in MANAGED_POLICIES:
        return None
    return tuple(
        RoleStatement(policy=name.rpartition("/")[2], actions=actions, resources=resources)
        for actions, resources in MANAGED_POLICIES[name]
    )


def _statements(policy: str, document: object) -> Iterator[RoleStatement]:
    if not isinstance(document, Mapping):
        yield RoleStatement(policy=policy, unknown=_reason(document, "its document is not known"))
        return
    has_variables = document.get("Version") == _VERSION_WITH_VARIABLES
    declared = document.get("Statement")
    for statement in declared if isinstance(declared, list) else [declared]:
        yield _statement(policy, statement, has_variables=has_variables)


def _statement(policy: str, statement: object, *, has_variables: bool) -> RoleStatement:
    if not isinstance(statement, Mapping):
        reason = _reason(statement, "a statement is not an object")
        return RoleStatement(policy=policy, unknown=reason)
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        return RoleStatement(policy=policy, unknown=_reason(effect, f"the effect is {effect!r}"))
    conditions = statement.get("Condition", {})
    unknown = None
    if members := sorted(map(str, statement.keys() - _STATEMENT_MEMBERS)):
        unknown = f"a statement has the unknown member {members[0]}"
    elif not isinstance(conditions, Mapping):
        unknown = _reason(conditions, "a condition is not an object")
    return RoleStatement(
        policy=policy,
        effect=effect,
        actions=_values(statement.get("Action", statement.get("NotAction"))),
        excludes_actions="NotAction" in statement,
        resources=_values(statement.get("Resource", statement.get("NotResource"))),
        excludes_resources="NotResource" in statement,
        conditions=tuple(_conditions(as_mapping(conditions))),
        has_variables=has_variables,
        unknown=unknown,
    )


def _conditions(declared: Mapping[str, Any]) -> Iterator[PolicyCondition]:
    for operator, keys in declared.items():
        if not isinstance(keys, Mapping):
            value = UnknownValue(_reason(keys, f"the condition {operator} is not an object"))
            yield PolicyCondition(operator=operator, key="", values=(value,))
        for key, values in as_mapping(keys).items():
            yield PolicyCondition(operator=operator, key=str(key), values=_values(values))


def _values(value: object) -> tuple[PolicyValue, ...]:
    if value is None:
        return ()
    return tuple(
        UnknownValue(str(item)) if isinstance(item, Unresolved) else to_string(item)
        for item in (value if isinstance(value, list | tuple) else (value,))
    )


def _reason(value: object, problem: str) -> str:
    return str(value) if isinstance(value, Unresolved) else problem
