"""Quotas: a number of requests for each day, week or month.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from streaming_construct.model.usage_plans import Quota, QuotaPeriod


class QuotaCounter:
    """Counts the requests of one key in the current period."""

    def __init__(self, quota: Quota, clock: Callable[[], float] = time.time) -> None:
        self._quota = quota
        self._clock = clock
        self._period: tuple[int, ...] = ()
        self._used_requests = 0

    def try_acquire(self) -> bool:
        """Count a request; return False if the quota is used."""
        period = _find_period(self._quota.period, self._clock())
        if period != self._period:
            self._period, self._used_requests = period, 0
        if self._used_requests >= self._quota.limit:
            return False
        self._used_requests += 1
        return True


def _find_period(period: QuotaPeriod, now: float) -> tuple[int, ...]:
    """Return the period that contains an instant."""
    day = datetime.fromtimestamp(now, timezone.utc)
    if period is QuotaPeriod.MONTH:
        return day.year, day.month
    if period is QuotaPeriod.WEEK:
        day -= timedelta(days=day.isoweekday() % 7)
    return day.year, day.month, day.day
