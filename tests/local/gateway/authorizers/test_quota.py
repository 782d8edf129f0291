"""Quotas of usage plans, on the clock of the test."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.local.gateway.authorizers.quota import QuotaCounter
from streaming_construct.model.usage_plans import Quota, QuotaPeriod
from tests.local.gateway.limits.test_throttling import Clock


def utc_seconds(day: str) -> float:
    """Return a day, or a minute of it, as seconds since the epoch, UTC."""
    return datetime.fromisoformat(day).replace(tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(
    ("period", "last", "next_"),
    [
        (QuotaPeriod.DAY, "2026-11-22T23:59", "2026-11-23"),
        (QuotaPeriod.WEEK, "2026-11-28T23:59", "2026-11-29"),
        (QuotaPeriod.MONTH, "2026-11-30T23:59", "2026-12-01"),
    ],
)
def test_a_quota_resets_at_the_start_of_its_period(
    period: QuotaPeriod, last: str, next_: str
) -> None:
    """It is used up one minute before, and complete after it."""
    clock = Clock(utc_seconds("2026-11-22T12:00"))
    counter = QuotaCounter(Quota(limit=2, period=period), clock)
    first = [counter.try_acquire(), counter.try_acquire(), counter.try_acquire()]
    clock.now = utc_seconds(last)
    before = counter.try_acquire()
    clock.now = utc_seconds(next_)

    assert first == [True, True, False]
    assert not before
    assert counter.try_acquire()


@given(
    limit=st.integers(0, 10),
    period=st.sampled_from(QuotaPeriod),
    steps=st.lists(st.floats(0, 40 * 86400), max_size=40),
)
def test_no_more_requests_than_the_limit_pass_in_any_period(
    limit: int, period: QuotaPeriod, steps: list[float]
) -> None:
    """The calendar defines the periods, whatever the times of the requests."""
    clock = Clock(utc_seconds("2026-01-01"))
    counter = QuotaCounter(Quota(limit=limit, period=period), clock)
    passed: dict[str, int] = {}
    form = {QuotaPeriod.DAY: "%Y-%j", QuotaPeriod.WEEK: "%Y-%U", QuotaPeriod.MONTH: "%Y-%m"}[period]
    for step in steps:
        clock.now += step
        name = datetime.fromtimestamp(clock.now, timezone.utc).strftime(form)
        passed[name] = passed.get(name, 0) + counter.try_acquire()

    assert all(count <= limit for count in passed.values())
