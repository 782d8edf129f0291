"""Rules on the sampling rules of X-Ray."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.aws.limits import SAMPLING_RULE_NAME_MAX, SAMPLING_RULE_PRIORITY_MAX
from streaming_construct.model.sampling_rule import SamplingRule
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

TRACE_SAMPLING_INVALID: Final = Rule(
    id="trace-sampling-invalid",
    severity=Severity.ERROR,
    title="Invalid X-Ray sampling rule",
    what=(
        "The sampling rule has a value that X-Ray rejects. In CDK, also: tracing is disabled for "
        "the API of `TraceSampling`."
    ),
    why="The deployment fails, or the rule samples no request.",
    fix="Set a rate from 0 to 1, a reservoir of 0 or more, and a priority from 1 to 9999.",
    source_url="https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html",
    tags=frozenset({"logging", "synth", "lint"}),
)

_SUBJECT: Final = Subject("sampling rule")


def check_sampling_rule(rule: SamplingRule) -> Iterator[Finding]:
    """Yield what X-Ray rejects of a sampling rule."""

    def create_error(problem: str, fix: str) -> Finding:
        return TRACE_SAMPLING_INVALID.at(_SUBJECT, problem, fix=fix, location=rule.origin)

    if rule.fixed_rate is not None and not 0 <= rule.fixed_rate <= 1:
        yield create_error(
            f"the fixed rate is {rule.fixed_rate:g}", "Set a share from 0 to 1: 0.05 for 5%."
        )
    if rule.reservoir_size is not None and rule.reservoir_size < 0:
        yield create_error(
            f"the reservoir is {rule.reservoir_size:g} requests a second", "Set 0 or more."
        )
    if rule.priority is not None and not 1 <= rule.priority <= SAMPLING_RULE_PRIORITY_MAX:
        yield create_error(
            f"the priority is {rule.priority:g}", f"Set 1 to {SAMPLING_RULE_PRIORITY_MAX}."
        )
    if rule.name is not None and len(rule.name) > SAMPLING_RULE_NAME_MAX:
        yield create_error(
            f"the name {rule.name!r} has {len(rule.name)} characters",
            f"Use at most {SAMPLING_RULE_NAME_MAX} characters.",
        )
