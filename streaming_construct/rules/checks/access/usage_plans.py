"""Usage plans: their quotas, throttles and API keys.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.model.declaration import Declaration
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import Quota, UsagePlan
from streaming_construct.rules.checks.throttling import find_throttle_problems
from streaming_construct.rules.rule import Finding, Rule, Severity

USAGE_PLAN_INVALID: Final = Rule(
    id="usage-plan-invalid",
    severity=Severity.ERROR,
    title="Invalid usage plan",
    what=(
        "A usage plan has an invalid quota or throttle, a missing or duplicate API key, or a "
        "throttle for an unknown route. Or an API key value is not 20 to 128 letters and "
        "digits."
    ),
    why="The deployment fails, or the plan limits the wrong requests.",
    fix=(
        "Set a whole-number quota and a period. Name routes as `METHOD /path`, and add them "
        "before the plan."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
    tags=frozenset({"access", "synth", "lint", "doctor"}),
)

USAGE_PLAN_MISSING: Final = Rule(
    id="usage-plan-missing",
    severity=Severity.ERROR,
    title="Usage plan missing",
    what="Routes require an API key, but the app or template has no usage plan.",
    why="An API key works only if it belongs to a usage plan of the stage, so every request fails.",
    fix=(
        "Add a usage plan for the stage (in CDK, `add_usage_plan`), or require no API key. If "
        "another app or template has the plan, suppress the finding. In CDK, acknowledge "
        "`streaming-construct:usage-plan-missing` with `Validations.of(api).acknowledge`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
    tags=frozenset({"access", "synth", "lint"}),
)


def check_usage_plans(declaration: Declaration) -> Iterator[Finding]:
    """Yield what cannot work about the usage plans of an API, or that it has none."""
    if declaration.is_usage_plan_missing:
        yield create_usage_plan_missing_error(location=declaration.api.origin)
    for plan in declaration.api.usage_plans:
        for message, fix in _find_plan_problems(plan):
            yield USAGE_PLAN_INVALID.at(
                Subject("usage plan", plan.name), message, fix=fix, location=plan.origin
            )


def create_usage_plan_missing_error(*, location: SourceLocation = UNKNOWN_LOCATION) -> Finding:
    """Return the finding that routes require an API key and no usage plan is declared."""
    return USAGE_PLAN_MISSING.at(
        Subject("API"),
        "the routes require an API key, and no usage plan is declared",
        location=location,
    )


def _find_plan_problems(plan: UsagePlan) -> Iterator[tuple[str, str]]:
    throttles = [plan.throttle, *plan.route_throttles.values()]
    for throttle in throttles:
        if throttle is not None:
            yield from find_throttle_problems(throttle)
    if plan.quota is not None:
        yield from _find_quota_problems(plan.quota)
    ids = [key.id for key in plan.api_keys]
    if len(set(ids)) < len(ids):
        yield "the usage plan has an API key twice", "Add each key once."


def _find_quota_problems(quota: Quota) -> Iterator[tuple[str, str]]:
    if quota.limit < 1 or quota.limit % 1:
        yield (
            f"a quota of {quota.limit:g} requests is not valid",
            "Use a whole number, 1 or more.",
        )
