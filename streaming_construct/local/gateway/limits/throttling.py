"""Throttling: a token bucket for each method, by the method settings of the stage.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

import time
from collections.abc import Callable

from streaming_construct.aws.limits import ACCOUNT_BURST, ACCOUNT_RATE_PER_SECOND
from streaming_construct.model.api import Route
from streaming_construct.model.usage_plans import Throttle


class TokenBucket:
    """Allows `rate` requests a second on average, `burst` at once; starts full."""

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = burst
        self._filled_at = clock()

    def try_acquire(self) -> bool:
        """Take a token; return False if there is none."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Throttles:
    """The buckets of a stage, one for each method of a path.

    A limit that is not set for the route or the stage is that of the account.
    """

    def __init__(
        self, default: Throttle | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._default = default or Throttle()
        self._clock = clock
        self._buckets: dict[tuple[str, str], TokenBucket] = {}

    def try_acquire(self, route: Route, method: str) -> bool:
        """Take a token for a request; return False if there is none."""
        bucket = self._buckets.get((route.path, method))
        if bucket is None:
            bucket = self._buckets[route.path, method] = self._create_bucket(route)
        return bucket.try_acquire()

    def _create_bucket(self, route: Route) -> TokenBucket:
        throttle = route.throttle or Throttle()
        rate = next(
            (limit for limit in (throttle.rate, self._default.rate) if limit is not None),
            float(ACCOUNT_RATE_PER_SECOND),
        )
        burst = next(
            (limit for limit in (throttle.burst, self._default.burst) if limit is not None),
            ACCOUNT_BURST,
        )
        return TokenBucket(rate, burst, self._clock)
