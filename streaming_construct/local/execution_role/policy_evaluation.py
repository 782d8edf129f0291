"""Evaluates one action on one resource with the identity policies of a role. Pure.

A part of a policy can be unknown: a value that only a deployment creates, or a condition on
something that only AWS knows. Such a part makes a decision unknown only if the decision depends on
it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
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


@dataclass(frozen=True)
class Evaluation:
    """A decision, the policy that denies, and the reasons why a decision is unknown."""

    decision: Decision
    policy: str | None = None
    reasons: tuple[str, ...] = ()


def evaluate(role: ExecutionRole, permission: Permission) -> Evaluation:
    """Decide whether the identity policies of a role grant a permission.

    An explicit denial overrides each permission. An action that no statement allows is denied.
    """
    effects: dict[str, list[tuple[Truth, RoleStatement]]] = {"Allow": [], "Deny": []}
    for statement in role.statements:
        effects[statement.effect].append((_applies(statement, permission), statement))
    for applies, statement in effects["Deny"]:
        if applies.value is True:
            return Evaluation(Decision.EXPLICITLY_DENIED, statement.policy)
    denied = any_of(applies for applies, _ in effects["Deny"])
    allowed = any_of(applies for applies, _ in effects["Allow"])
    if role.unknown_policies and allowed.value is not True:
        allowed = any_of((allowed, unknown(*role.unknown_policies)))
    granted = all_of((allowed, negation(denied)))
    if granted.value is None:
        return Evaluation(Decision.UNKNOWN, reasons=tuple(dict.fromkeys(granted.reasons)))
    return Evaluation(Decision.ALLOWED if granted.value else Decision.NOT_ALLOWED)


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
            *(condition_result(each, permission.context) for each in statement.conditions),
        )
    )
    if applies.value is None:
        return unknown(*(f"policy {statement.policy}: {each}" for each in applies.reasons))
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
