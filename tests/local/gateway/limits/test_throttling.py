"""Token buckets on the clock of the test."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.local.gateway.limits.throttling import Throttles, TokenBucket
from streaming_construct.model.usage_plans import Throttle
from tests.support.in_memory_functions import route


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_full_bucket_allows_a_burst_and_refills_at_its_rate() -> None:
    """The burst passes first, then one request for each new token."""
    clock = Clock()
    bucket = TokenBucket(rate=2, burst=3, clock=clock)
    burst = [bucket.try_acquire() for _ in range(4)]
    clock.now = 0.5

    assert burst == [True, True, True, False]
    assert [bucket.try_acquire() for _ in range(2)] == [True, False]


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    """A long silence does not save up requests."""
    clock = Clock()
    bucket = TokenBucket(rate=10, burst=2, clock=clock)
    clock.now = 1000

    assert [bucket.try_acquire() for _ in range(3)] == [True, True, False]


@given(
    rate=st.floats(0.1, 100),
    burst=st.integers(0, 20),
    steps=st.lists(st.floats(0, 1), max_size=60),
)
def test_no_more_requests_pass_than_burst_and_rate_allow(
    rate: float, burst: int, steps: list[float]
) -> None:
    """Over any time, at most the burst and the tokens of the rate pass."""
    clock = Clock()
    bucket = TokenBucket(rate, burst, clock)
    passed = 0
    for step in steps:
        clock.now += step
        passed += bucket.try_acquire()

    assert passed <= burst + clock.now * rate + 1e-6


def test_every_method_of_a_path_has_a_separate_bucket() -> None:
    """The default of the stage counts for each method separately."""
    throttles = Throttles(Throttle(rate=1, burst=1), Clock())
    any_route, other = route("/a"), route("/b")

    assert throttles.try_acquire(any_route, "GET")
    assert not throttles.try_acquire(any_route, "GET")
    assert throttles.try_acquire(any_route, "POST")
    assert throttles.try_acquire(other, "GET")


def test_the_throttle_of_a_route_overrides_the_default_by_field() -> None:
    """A route that sets only its burst has the rate of the stage."""
    clock = Clock()
    throttles = Throttles(Throttle(rate=1, burst=50), clock)
    overridden = replace(route("/a"), throttle=Throttle(burst=2))
    burst = [throttles.try_acquire(overridden, "GET") for _ in range(3)]
    clock.now = 1

    assert burst == [True, True, False]
    assert throttles.try_acquire(overridden, "GET")


def test_without_settings_the_limits_of_the_account_apply() -> None:
    """The burst is 5,000 requests."""
    throttles = Throttles(None, Clock())
    plain = route("/a")

    assert sum(throttles.try_acquire(plain, "GET") for _ in range(6000)) == 5000
