"""Evaluates one action on one resource with the policies that apply to a role. Pure.

These are the identity policies, the permissions boundary and the policies of resources.

A part of a policy can be unknown: a value that only a deployment creates, or a condition on
something that only AWS knows. Such a part makes a decision unknown only if the decision depends on
it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from streaming_construct.aws.policy_patterns import matches_pattern
from streaming_construct.local.execution_role.conditions import ConditionContext, condition_result
from streaming_construct.local.execution_role.three_valued import (
    FALSE,
    TRUE,
    Truth,
    all_of,
    any_of,
    negation,
    unknown,
)
from streaming_construct.model.execution_role import (
    ExecutionRole,
    PolicyValue,
    ResourcePolicy,
    RoleStatement,
    UnknownValue,
)

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
_LITERALS: Final = {"*": "*", "?": "?", "$": "$"}


class Decision(Enum):
    """The decision on an action; `UNKNOWN` if it depends on an unknown part of a policy."""

    ALLOWED = "allowed"
    EXPLICITLY_DENIED = "denied explicitly"
    NOT_ALLOWED = "not allowed"
    UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A permission that a call requires.

    Attributes:
        action: The action, such as `dynamodb:GetItem`.
        resources: The ARNs by which policies may name the one resource of the action, such as a
            secret with its random suffix. The first is for messages.
        context: The values of condition keys, by the key in lower case. A key without values is
            known to be absent. A key that is not here is unknown.
    """

    action: str
    resources: tuple[str, ...]
    context: ConditionContext = field(default_factory=dict)


class PolicyKind(Enum):
    """The kind of a policy, as the messages of AWS name it."""

    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    RESOURCE = "resource-based policy"


@dataclass(frozen=True)
class Evaluation:
    """A decision, the policy that denies, and the reasons why a decision is unknown.

    `kind` is the kind of the policy that denies; of an action that is not allowed, the kind of
    policy that has to allow it.
    """

    decision: Decision
    policy: str | None = None
    reasons: tuple[str, ...] = ()
    kind: PolicyKind = PolicyKind.IDENTITY


@dataclass(frozen=True)
class _Result:
    """Whether a statement applies to a permission."""

    kind: PolicyKind
    statement: RoleStatement
    applies: Truth


def evaluate(role: ExecutionRole, permission: Permission, session_arn: str = "") -> Evaluation:
    """Decide whether the policies that apply to a role grant a permission.

    An explicit denial overrides each permission. An identity policy or the policy of the resource
    has to allow the action, and the boundary as well. The boundary does not limit what a resource
    policy grants to the session of the role.

    Args:
        role: The role.
        permission: The permission.
        session_arn: The ARN of the session of the role, which a resource policy can name.
    """
    results = list(_results(role, permission, session_arn))
    denials = [result for result in results if result.statement.effect == "Deny"]
    for denial in denials:
        if denial.applies.value is True:
            return Evaluation(Decision.EXPLICITLY_DENIED, denial.statement.policy, kind=denial.kind)
    denied = any_of(denial.applies for denial in denials)
    by_policy = _allowed(results, PolicyKind.IDENTITY)
    if role.unknown_policies and by_policy.value is not True:
        by_policy = any_of((by_policy, unknown(*role.unknown_policies)))
    by_policy = any_of((by_policy, _resource_allows(role, permission, ("*", role.arn))))
    within = _within_boundary(role, results)
    by_session = _resource_allows(role, permission, (session_arn,))
    granted = all_of((any_of((by_session, all_of((by_policy, within)))), negation(denied)))
    if granted.value is None:
        return Evaluation(Decision.UNKNOWN, reasons=tuple(dict.fromkeys(granted.reasons)))
    if granted.value:
        return Evaluation(Decision.ALLOWED)
    if within.value is False and by_policy.value is True and role.permissions_boundary:
        boundary = role.permissions_boundary.name
        return Evaluation(Decision.NOT_ALLOWED, boundary, kind=PolicyKind.BOUNDARY)
    return Evaluation(Decision.NOT_ALLOWED)


def _results(role: ExecutionRole, permission: Permission, session_arn: str) -> Iterator[_Result]:
    """Yield whether each statement applies; of resource policies, each denial."""
    for statement in role.statements:
        yield _Result(PolicyKind.IDENTITY, statement, _applies(statement, permission))
    for statement in role.permissions_boundary.statements if role.permissions_boundary else ():
        yield _Result(PolicyKind.BOUNDARY, statement, _applies(statement, permission))
    account = ":".join(role.arn.split(":")[4:5])
    partition = ":".join(role.arn.split(":")[:2])
    names = ("*", role.arn, session_arn, account, f"{partition}:iam::{account}:root")
    for policy in role.resource_policies:
        for statement in policy.statements:
            if statement.effect == "Deny":
                applies = _resource_applies(policy, statement, permission, names)
                yield _Result(PolicyKind.RESOURCE, statement, applies)


def _allowed(results: Iterable[_Result], kind: PolicyKind) -> Truth:
    return any_of(
        result.applies
        for result in results
        if result.kind is kind and result.statement.effect == "Allow"
    )


def _within_boundary(role: ExecutionRole, results: Iterable[_Result]) -> Truth:
    boundary = role.permissions_boundary
    if boundary is None:
        return TRUE
    if boundary.unknown is not None:
        return unknown(boundary.unknown)
    return _allowed(results, PolicyKind.BOUNDARY)


def _resource_allows(
    role: ExecutionRole, permission: Permission, principals: tuple[str, ...]
) -> Truth:
    """Return whether a resource policy allows one of the principals, which are no accounts.

    An account as the principal leaves the decision to the identity policies.
    """
    return any_of(
        _resource_applies(policy, statement, permission, principals)
        for policy in role.resource_policies
        for statement in policy.statements
        if statement.effect == "Allow"
    )


def _resource_applies(
    policy: ResourcePolicy,
    statement: RoleStatement,
    permission: Permission,
    principals: tuple[str, ...],
) -> Truth:
    protects = _matches_any(
        policy.resources,
        lambda pattern: TRUE if _matches_resources(pattern, permission) else FALSE,
    )
    names_principal = _matches_any(
        statement.principals, lambda principal: TRUE if principal in principals else FALSE
    )
    return all_of((protects, names_principal, _applies(statement, permission)))


def _applies(statement: RoleStatement, permission: Permission) -> Truth:
    if statement.unknown is not None:
        return unknown(f"policy {statement.policy}: {statement.unknown}")
    action = _matches_any(
        statement.actions, lambda pattern: _matches_action(pattern, permission.action)
    )
    resource = _matches_any(
        statement.resources,
        lambda pattern: _matches_resource(statement, pattern, permission),
    )
    applies = all_of(
        (
            negation(action) if statement.excludes_actions else action,
            negation(resource) if statement.excludes_resources else resource,
            *(
                condition_result(condition, permission.context)
                for condition in statement.conditions
            ),
        )
    )
    if applies.value is None:
        return unknown(*(f"policy {statement.policy}: {reason}" for reason in applies.reasons))
    return applies


def _matches_any(patterns: Iterable[PolicyValue], matches: Callable[[str], Truth]) -> Truth:
    return any_of(
        unknown(pattern.reason) if isinstance(pattern, UnknownValue) else matches(pattern)
        for pattern in patterns
    )


def _matches_action(pattern: str, action: str) -> Truth:
    return TRUE if matches_pattern(pattern.lower(), action.lower()) else FALSE


def _matches_resource(statement: RoleStatement, pattern: str, permission: Permission) -> Truth:
    if statement.has_variables and "${" in pattern:
        replaced = _with_variables(pattern, permission.context)
        if isinstance(replaced, UnknownValue):
            # A resource that differs outside of the variables does not match.
            if not _matches_resources(_VARIABLE.sub("*", pattern), permission):
                return FALSE
            return unknown(replaced.reason)
        pattern = replaced
    return TRUE if _matches_resources(pattern, permission) else FALSE


def _matches_resources(pattern: str, permission: Permission) -> bool:
    return any(matches_pattern(pattern, resource) for resource in permission.resources)


def _with_variables(pattern: str, context: Mapping[str, tuple[str, ...]]) -> str | UnknownValue:
    """Return a pattern with the values of its policy variables."""
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        name = match[1].partition(",")[0].strip()
        if name in _LITERALS:
            return _LITERALS[name]
        values = context.get(name.lower(), ())
        if len(values) != 1:
            missing.append(name)
            return ""
        return values[0]

    replaced = _VARIABLE.sub(value, pattern)
    return UnknownValue(f"the policy variable {missing[0]} is not known") if missing else replaced
