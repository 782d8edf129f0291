"""The execution role of a function, with the statements of its identity policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from streaming_construct.model.source_location import SourceLocation


@dataclass(frozen=True)
class UnknownValue:
    """The place of a value that the source does not give; `reason` says what it depends on."""

    reason: str


PolicyValue = str | UnknownValue
"""A pattern of an action or a resource, or a value of a condition."""


@dataclass(frozen=True, kw_only=True)
class PolicyCondition:
    """One key of the `Condition` of a statement, with the operator and the values to compare."""

    operator: str
    key: str
    values: tuple[PolicyValue, ...]


@dataclass(frozen=True, kw_only=True)
class RoleStatement:
    """One statement of an identity policy.

    `policy` is the name of its policy. `excludes_actions` is true for `NotAction`,
    `excludes_resources` for `NotResource`. `has_variables` is true if the version of the policy is
    2012-10-17, which has policy variables. `unknown` is the reason why the statement cannot be
    evaluated, None if it can be.
    """

    policy: str
    effect: Literal["Allow", "Deny"] = "Allow"
    actions: tuple[PolicyValue, ...] = ()
    excludes_actions: bool = False
    resources: tuple[PolicyValue, ...] = ()
    excludes_resources: bool = False
    conditions: tuple[PolicyCondition, ...] = ()
    has_variables: bool = True
    unknown: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExecutionRole:
    """The role of a function.

    `unknown_policies` has a reason for each policy that the source does not contain. Such a policy
    may allow or deny any action. `has_permissions_boundary` is true if a boundary restricts the
    role.
    """

    name: str
    arn: str
    origin: SourceLocation
    statements: tuple[RoleStatement, ...] = ()
    unknown_policies: tuple[str, ...] = ()
    has_permissions_boundary: bool = False
