"""Condition operators of IAM policies. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from streaming_construct.aws.policy_patterns import is_matching_pattern
from streaming_construct.local.execution_role.three_valued import (
    FALSE,
    TRUE,
    Truth,
    combine_all,
    combine_any,
    create_truth,
    create_unknown,
    negate,
)
from streaming_construct.model.execution_role import PolicyCondition, PolicyValue, UnknownValue

ConditionContext = Mapping[str, tuple[str, ...]]
"""Values of condition keys by the key in lower case; see `Permission`."""

Comparison = Callable[[str, str], bool]
"""Compares the value of a policy with the value of a request."""


def _is_equal_ignoring_case(expected: str, actual: str) -> bool:
    return expected.lower() == actual.lower()


def _compare_numbers(compare: Callable[[float, float], bool]) -> Comparison:
    def compare_texts(expected: str, actual: str) -> bool:
        try:
            return compare(float(actual), float(expected))
        except ValueError:
            return False

    return compare_texts


# Two operators with the same comparison differ in the negation.
_COMPARISONS: Final[Mapping[str, Comparison]] = {
    "stringequals": str.__eq__,
    "stringequalsignorecase": _is_equal_ignoring_case,
    "stringlike": is_matching_pattern,
    "arnequals": is_matching_pattern,
    "arnlike": is_matching_pattern,
    "bool": _is_equal_ignoring_case,
    "numericequals": _compare_numbers(float.__eq__),
    "numericlessthan": _compare_numbers(float.__lt__),
    "numericlessthanequals": _compare_numbers(float.__le__),
    "numericgreaterthan": _compare_numbers(float.__gt__),
    "numericgreaterthanequals": _compare_numbers(float.__ge__),
}
_NEGATIONS: Final = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
}
_SETS: Final = ("forallvalues", "foranyvalue")
_IF_EXISTS: Final = "ifexists"


def evaluate_condition(condition: PolicyCondition, context: ConditionContext) -> Truth:
    """Return whether a request meets a condition."""
    set_operator, _, name = condition.operator.lower().rpartition(":")
    actual = context.get(condition.key.lower())
    if actual is None or set_operator not in ("", *_SETS):
        return _report_unknown(condition)
    if name == "null":
        return _evaluate_any_value(
            condition.values, lambda expected: (expected == "true") == (not actual)
        )
    base = name.removesuffix(_IF_EXISTS)
    is_negated = base in _NEGATIONS
    compare = _COMPARISONS.get(_NEGATIONS.get(base, base))
    if compare is None or any(map(_has_variable, condition.values)):
        return _report_unknown(condition)
    if not actual:
        is_met = name != base or is_negated or set_operator == "forallvalues"
        return create_truth(is_met and set_operator != "foranyvalue")
    results = [_compare_values(condition.values, value, compare) for value in actual]
    results = [negate(result) if is_negated else result for result in results]
    return combine_all(results) if set_operator != "foranyvalue" else combine_any(results)


def _compare_values(expected: tuple[PolicyValue, ...], actual: str, compare: Comparison) -> Truth:
    return _evaluate_any_value(expected, lambda value: compare(value, actual))


def _evaluate_any_value(values: tuple[PolicyValue, ...], is_met: Callable[[str], bool]) -> Truth:
    return combine_any(
        create_unknown(value.reason)
        if isinstance(value, UnknownValue)
        else TRUE
        if is_met(value)
        else FALSE
        for value in values
    )


def _has_variable(value: PolicyValue) -> bool:
    return isinstance(value, str) and "${" in value


def _report_unknown(condition: PolicyCondition) -> Truth:
    return create_unknown(f"the condition {condition.operator} on {condition.key} is not evaluated")
