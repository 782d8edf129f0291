"""The execution role of a function, with the policies that decide on its calls of AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from streaming_construct.model.source_location import SourceLocation


@dataclass(frozen=True)
class UnknownValue:
    """The place of a value that the source does not give; `reason` says what it depends on."""

    reason: str


# A pattern of an action or a resource, or a value of a condition.
PolicyValue = str | UnknownValue


@dataclass(frozen=True, kw_only=True)
class PolicyCondition:
    """One key of the `Condition` of a statement, with the operator and the values to compare."""

    operator: str
    key: str
    values: tuple[PolicyValue, ...]


@dataclass(frozen=True, kw_only=True)
class RoleStatement:
    """One statement of an identity policy, a permissions boundary or a resource policy.

    `policy` is the name of its policy. `principals` are the AWS principals of a resource policy.
    `excludes_actions` is true for `NotAction`, `excludes_resources` for `NotResource`.
    `has_variables` is true if the version of the policy is 2012-10-17, which has policy variables.
    `unknown` is the reason why the statement cannot be evaluated, None if it can be.
    """

    policy: str
    effect: Literal["Allow", "Deny"] = "Allow"
    actions: tuple[PolicyValue, ...] = ()
    excludes_actions: bool = False
    resources: tuple[PolicyValue, ...] = ()
    excludes_resources: bool = False
    conditions: tuple[PolicyCondition, ...] = ()
    principals: tuple[PolicyValue, ...] = ()
    has_variables: bool = True
    unknown: str | None = None


@dataclass(frozen=True, kw_only=True)
class PermissionsBoundary:
    """The policy that limits what the identity policies of a role can allow.

    `unknown` is the reason why its statements are not known, None if they are.
    """

    name: str
    statements: tuple[RoleStatement, ...] = ()
    unknown: str | None = None


@dataclass(frozen=True, kw_only=True)
class ResourceBasedPolicy:
    """The policy of a resource of the source, such as a bucket.

    `resources` are patterns of the ARNs that the policy protects.
    """

    name: str
    resources: tuple[PolicyValue, ...]
    statements: tuple[RoleStatement, ...]


@dataclass(frozen=True, kw_only=True)
class ExecutionRole:
    """The role of a function.

    `unknown_policies` has a reason for each policy that the source does not contain. Such a policy
    may allow or deny any action. `resource_policies` are those of the resources of the source.
    `ignored_policies` describes the policies of other kinds of resources of the source.
    """

    name: str
    arn: str
    origin: SourceLocation
    statements: tuple[RoleStatement, ...] = ()
    unknown_policies: tuple[str, ...] = ()
    permissions_boundary: PermissionsBoundary | None = None
    resource_policies: tuple[ResourceBasedPolicy, ...] = ()
    ignored_policies: tuple[str, ...] = ()
