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

from streaming_construct.aws.policy_patterns import is_matching_pattern
from streaming_construct.local.execution_role.conditions import ConditionContext, evaluate_condition
from streaming_construct.local.execution_role.three_valued import (
    FALSE,
    TRUE,
    Truth,
    combine_all,
    combine_any,
    create_unknown,
    negate,
)
from streaming_construct.model.execution_role import (
    ExecutionRole,
    PolicyValue,
    ResourceBasedPolicy,
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
            known to be absent. The value of any other key is unknown.
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
    results = list(_list_results(role, permission, session_arn))
    denials = [result for result in results if result.statement.effect == "Deny"]
    for denial in denials:
        if denial.applies.value is True:
            return Evaluation(Decision.EXPLICITLY_DENIED, denial.statement.policy, kind=denial.kind)
    denied = combine_any(denial.applies for denial in denials)
    by_policy = _evaluate_allow(results, PolicyKind.IDENTITY)
    if role.unknown_policies and by_policy.value is not True:
        by_policy = combine_any((by_policy, create_unknown(*role.unknown_policies)))
    by_policy = combine_any(
        (by_policy, _evaluate_resource_policy(role, permission, ("*", role.arn)))
    )
    by_boundary = _evaluate_boundary(role, results)
    by_session = _evaluate_resource_policy(role, permission, (session_arn,))
    is_granted = combine_all(
        (combine_any((by_session, combine_all((by_policy, by_boundary)))), negate(denied))
    )
    if is_granted.value is None:
        return Evaluation(Decision.UNKNOWN, reasons=tuple(dict.fromkeys(is_granted.reasons)))
    if is_granted.value:
        return Evaluation(Decision.ALLOWED)
    if by_boundary.value is False and by_policy.value is True and role.permissions_boundary:
        boundary = role.permissions_boundary.name
        return Evaluation(Decision.NOT_ALLOWED, boundary, kind=PolicyKind.BOUNDARY)
    return Evaluation(Decision.NOT_ALLOWED)


def _list_results(
    role: ExecutionRole, permission: Permission, session_arn: str
) -> Iterator[_Result]:
    """Yield whether each statement applies; of resource policies, each denial."""
    for statement in role.statements:
        yield _Result(PolicyKind.IDENTITY, statement, _evaluate_statement(statement, permission))
    for statement in role.permissions_boundary.statements if role.permissions_boundary else ():
        yield _Result(PolicyKind.BOUNDARY, statement, _evaluate_statement(statement, permission))
    account = ":".join(role.arn.split(":")[4:5])
    partition = ":".join(role.arn.split(":")[:2])
    names = ("*", role.arn, session_arn, account, f"{partition}:iam::{account}:root")
    for policy in role.resource_policies:
        for statement in policy.statements:
            if statement.effect == "Deny":
                applies = _evaluate_resource_statement(policy, statement, permission, names)
                yield _Result(PolicyKind.RESOURCE, statement, applies)


def _evaluate_allow(results: Iterable[_Result], kind: PolicyKind) -> Truth:
    return combine_any(
        result.applies
        for result in results
        if result.kind is kind and result.statement.effect == "Allow"
    )


def _evaluate_boundary(role: ExecutionRole, results: Iterable[_Result]) -> Truth:
    boundary = role.permissions_boundary
    if boundary is None:
        return TRUE
    if boundary.unknown is not None:
        return create_unknown(boundary.unknown)
    return _evaluate_allow(results, PolicyKind.BOUNDARY)


def _evaluate_resource_policy(
    role: ExecutionRole, permission: Permission, principals: tuple[str, ...]
) -> Truth:
    """Return whether a resource policy allows one of the principals, which are no accounts.

    An account as the principal leaves the decision to the identity policies.
    """
    return combine_any(
        _evaluate_resource_statement(policy, statement, permission, principals)
        for policy in role.resource_policies
        for statement in policy.statements
        if statement.effect == "Allow"
    )


def _evaluate_resource_statement(
    policy: ResourceBasedPolicy,
    statement: RoleStatement,
    permission: Permission,
    principals: tuple[str, ...],
) -> Truth:
    protects = _match_any(
        policy.resources,
        lambda pattern: TRUE if _is_matching_resources(pattern, permission) else FALSE,
    )
    names_principal = _match_any(
        statement.principals, lambda principal: TRUE if principal in principals else FALSE
    )
    return combine_all((protects, names_principal, _evaluate_statement(statement, permission)))


def _evaluate_statement(statement: RoleStatement, permission: Permission) -> Truth:
    if statement.unknown is not None:
        return create_unknown(f"policy {statement.policy}: {statement.unknown}")
    action = _match_any(
        statement.actions, lambda pattern: _match_action(pattern, permission.action)
    )
    resource = _match_any(
        statement.resources,
        lambda pattern: _match_resource(statement, pattern, permission),
    )
    applies = combine_all(
        (
            negate(action) if statement.excludes_actions else action,
            negate(resource) if statement.excludes_resources else resource,
            *(
                evaluate_condition(condition, permission.context)
                for condition in statement.conditions
            ),
        )
    )
    if applies.value is None:
        return create_unknown(
            *(f"policy {statement.policy}: {reason}" for reason in applies.reasons)
        )
    return applies


def _match_any(patterns: Iterable[PolicyValue], matches: Callable[[str], Truth]) -> Truth:
    return combine_any(
        create_unknown(pattern.reason) if isinstance(pattern, UnknownValue) else matches(pattern)
        for pattern in patterns
    )


def _match_action(pattern: str, action: str) -> Truth:
    return TRUE if is_matching_pattern(pattern.lower(), action.lower()) else FALSE


def _match_resource(statement: RoleStatement, pattern: str, permission: Permission) -> Truth:
    if statement.has_variables and "${" in pattern:
        replaced = _substitute_variables(pattern, permission.context)
        if isinstance(replaced, UnknownValue):
            # A resource that differs outside of the variables does not match.
            if not _is_matching_resources(_VARIABLE.sub("*", pattern), permission):
                return FALSE
            return create_unknown(replaced.reason)
        pattern = replaced
    return TRUE if _is_matching_resources(pattern, permission) else FALSE


def _is_matching_resources(pattern: str, permission: Permission) -> bool:
    return any(is_matching_pattern(pattern, resource) for resource in permission.resources)


def _substitute_variables(
    pattern: str, context: Mapping[str, tuple[str, ...]]
) -> str | UnknownValue:
    """Return a pattern with the values of its policy variables."""
    missing: list[str] = []

    def replace_variable(match: re.Match[str]) -> str:
        name = match[1].partition(",")[0].strip()
        if name in _LITERALS:
            return _LITERALS[name]
        values = context.get(name.lower(), ())
        if len(values) != 1:
            missing.append(name)
            return ""
        return values[0]

    replaced = _VARIABLE.sub(replace_variable, pattern)
    return UnknownValue(f"the policy variable {missing[0]} is not known") if missing else replaced
