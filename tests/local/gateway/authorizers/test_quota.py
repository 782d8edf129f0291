"""Quotas on a clock of the test's own."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.local.gateway.authorizers.quota import QuotaCounter
from streaming_construct.model.usage_plans import Quota, QuotaPeriod
from tests.local.gateway.limits.test_throttling import Clock


def moment(day: str) -> float:
    """The seconds since the epoch of a day, or of a minute in it, UTC."""
    return datetime.fromisoformat(day).replace(tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("period", "last", "next_"),
    [
        (QuotaPeriod.DAY, "2026-11-22T23:59", "2026-11-23"),
        (QuotaPeriod.WEEK, "2026-11-28T23:59", "2026-11-29"),
        (QuotaPeriod.MONTH, "2026-11-30T23:59", "2026-12-01"),
    ],
)
def test_a_quota_starts_anew_with_its_period(period: QuotaPeriod, last: str, next_: str) -> None:
    """A minute before, it is used up; then all of it is there again."""
    clock = Clock(moment("2026-11-22T12:00"))
    counter = QuotaCounter(Quota(limit=2, period=period), clock)
    first = [counter.try_acquire(), counter.try_acquire(), counter.try_acquire()]
    clock.now = moment(last)
    before = counter.try_acquire()
    clock.now = moment(next_)

    assert first == [True, True, False]
    assert not before
    assert counter.try_acquire()


@given(
    limit=st.integers(0, 10),
    period=st.sampled_from(QuotaPeriod),
    steps=st.lists(st.floats(0, 40 * 86400), max_size=40),
)
def test_no_more_than_the_limit_pass_in_any_period(
    limit: int, period: QuotaPeriod, steps: list[float]
) -> None:
    """Counted by the calendar, whatever the times of the requests."""
    clock = Clock(moment("2026-01-01"))
    counter = QuotaCounter(Quota(limit=limit, period=period), clock)
    passed: dict[str, int] = {}
    form = {QuotaPeriod.DAY: "%Y-%j", QuotaPeriod.WEEK: "%Y-%U", QuotaPeriod.MONTH: "%Y-%m"}[period]
    for step in steps:
        clock.now += step
        name = datetime.fromtimestamp(clock.now, timezone.utc).strftime(form)
        passed[name] = passed.get(name, 0) + counter.try_acquire()

    assert all(count <= limit for count in passed.values())
