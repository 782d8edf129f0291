"""Rules about usage plans."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import (
    ApiKey,
    Quota,
    QuotaPeriod,
    Throttle,
    UsagePlan,
)
from streaming_construct.rules.checks.access.usage_plans import check_usage_plans
from tests.support.models import ORIGIN, new_declaration

KEY = ApiKey(id="key", name="key", origin=ORIGIN)


def plan(**options: Any) -> UsagePlan:
    return UsagePlan(**{"id": "p", "name": "Team", "origin": ORIGIN, "api_keys": (KEY,), **options})


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (plan(quota=Quota(limit=0, period=QuotaPeriod.DAY)), "a quota of 0 requests"),
        (
            plan(quota=Quota(limit=1.5, period=QuotaPeriod.DAY)),  # type: ignore[arg-type] # as jsii hands it over
            "a quota of 1.5 requests",
        ),
        (plan(throttle=Throttle(rate=-1, burst=1)), "a rate of -1 requests"),
        (plan(route_throttles={"GET /": Throttle()}), "has no effect"),
        (plan(api_keys=(KEY, KEY)), "the usage plan has an API key twice"),
    ],
)
def test_a_usage_plan_that_cannot_work_is_an_error(broken: UsagePlan, words: str) -> None:
    """Its throttles are checked as all others."""
    (finding,) = check_usage_plans(new_declaration(usage_plans=(broken,)))

    assert (finding.rule.id, finding.subject) == (
        "usage-plan-invalid",
        Subject("usage plan", "Team"),
    )
    assert words in finding.message


def test_a_correct_usage_plan_breaks_no_rule() -> None:
    """It has everything that a plan can have."""
    correct = plan(
        throttle=Throttle(rate=1, burst=2),
        quota=Quota(limit=1, period=QuotaPeriod.MONTH),
        route_throttles={"GET /": Throttle(rate=1)},
    )

    assert not list(check_usage_plans(new_declaration(usage_plans=(correct,))))
