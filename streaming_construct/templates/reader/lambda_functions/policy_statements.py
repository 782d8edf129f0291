"""Statements of policy documents of templates.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from streaming_construct.model.execution_role import (
    PolicyCondition,
    PolicyValue,
    RoleStatement,
    UnknownValue,
)
from streaming_construct.templates.stacks.coercion import as_mapping, to_string
from streaming_construct.templates.stacks.unresolved import Unresolved

_VERSION_WITH_VARIABLES: Final = "2012-10-17"
_STATEMENT_MEMBERS: Final = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)


def read_statements(policy: str, document: object) -> Iterator[RoleStatement]:
    """Yield the statements of a policy document; an unknown one has the reason."""
    if not isinstance(document, Mapping):
        yield RoleStatement(
            policy=policy, unknown=_format_reason(document, "the document is not known")
        )
        return
    has_variables = document.get("Version") == _VERSION_WITH_VARIABLES
    declared = document.get("Statement")
    for statement in declared if isinstance(declared, list) else [declared]:
        yield _read_statement(policy, statement, has_variables=has_variables)


def read_resource_statements(policy: str, document: object) -> Iterator[RoleStatement]:
    """Yield the statements of the document of a resource policy, with their principals."""
    if not isinstance(document, Mapping):
        yield from (
            replace(statement, principals=("*",)) for statement in read_statements(policy, document)
        )
        return
    has_variables = document.get("Version") == _VERSION_WITH_VARIABLES
    declared = document.get("Statement")
    for statement in declared if isinstance(declared, list) else [declared]:
        yield _read_resource_statement(policy, statement, has_variables=has_variables)


def _read_resource_statement(
    policy: str, statement: object, *, has_variables: bool
) -> RoleStatement:
    members = dict(as_mapping(statement))
    principal = members.pop("Principal", None)
    excludes_principals = members.pop("NotPrincipal", None) is not None
    read = _read_statement(policy, members or statement, has_variables=has_variables)
    if excludes_principals:
        return replace(read, principals=("*",), unknown="NotPrincipal is not evaluated")
    return replace(read, principals=_read_aws_principals(principal) if members else ("*",))


def _read_aws_principals(principal: object) -> tuple[PolicyValue, ...]:
    """Return the AWS principals; no service and no federated user is the role of a function."""
    if isinstance(principal, Mapping):
        return read_values(principal.get("AWS"))
    return read_values(principal)


def _read_statement(policy: str, statement: object, *, has_variables: bool) -> RoleStatement:
    if not isinstance(statement, Mapping):
        reason = _format_reason(statement, "a statement is not an object")
        return RoleStatement(policy=policy, unknown=reason)
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        return RoleStatement(
            policy=policy, unknown=_format_reason(effect, f"the effect is {effect!r}")
        )
    conditions = statement.get("Condition", {})
    unknown = None
    if members := sorted(map(str, statement.keys() - _STATEMENT_MEMBERS)):
        unknown = f"a statement has the unknown member {members[0]}"
    elif not isinstance(conditions, Mapping):
        unknown = _format_reason(conditions, "a condition is not an object")
    return RoleStatement(
        policy=policy,
        effect=effect,
        actions=read_values(statement.get("Action", statement.get("NotAction"))),
        excludes_actions="NotAction" in statement,
        resources=read_values(statement.get("Resource", statement.get("NotResource"))),
        excludes_resources="NotResource" in statement,
        conditions=tuple(_read_conditions(as_mapping(conditions))),
        has_variables=has_variables,
        unknown=unknown,
    )


def _read_conditions(declared: Mapping[str, Any]) -> Iterator[PolicyCondition]:
    for operator, keys in declared.items():
        if not isinstance(keys, Mapping):
            value = UnknownValue(_format_reason(keys, f"the condition {operator} is not an object"))
            yield PolicyCondition(operator=operator, key="", values=(value,))
        for key, values in as_mapping(keys).items():
            yield PolicyCondition(operator=operator, key=str(key), values=read_values(values))


def read_values(value: object) -> tuple[PolicyValue, ...]:
    """Return the values of a member that is one value or a list."""
    if value is None:
        return ()
    return tuple(
        UnknownValue(str(item)) if isinstance(item, Unresolved) else to_string(item)
        for item in (value if isinstance(value, list | tuple) else (value,))
    )


def _format_reason(value: object, problem: str) -> str:
    return str(value) if isinstance(value, Unresolved) else problem
