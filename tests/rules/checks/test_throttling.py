"""Rules about throttles: their numbers must limit requests, and allow some."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.model.api import Stage
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.rules.checks.throttling import check_throttling
from tests.support.models import ids, new_declaration, new_route

REJECTED_AND_CORRECTED = {
    "nothing": (Throttle(), Throttle(rate=1)),
    "a negative rate": (Throttle(rate=-1, burst=1), Throttle(rate=1, burst=1)),
    "an endless rate": (Throttle(rate=math.inf), Throttle(rate=10_000)),
    "no number": (Throttle(rate=math.nan), Throttle(rate=0.5)),
    "a negative burst": (Throttle(rate=1, burst=-1), Throttle(rate=1, burst=1)),
    "half a request": (Throttle(burst=1.5), Throttle(burst=2)),  # type: ignore[arg-type] # as jsii hands it over
    "an endless burst": (Throttle(burst=math.inf), Throttle(burst=5000)),  # type: ignore[arg-type] # the same
    "a burst that lets nothing pass": (Throttle(rate=5, burst=0), Throttle(rate=0, burst=0)),
}


@pytest.mark.parametrize("case", REJECTED_AND_CORRECTED)
def test_an_invalid_throttle_has_a_valid_form(case: str) -> None:
    """Each breaks `throttle-invalid`, and its corrected form does not."""
    broken, corrected = REJECTED_AND_CORRECTED[case]

    assert set(ids(check_throttling(new_declaration(new_route(throttle=broken))))) == {
        "throttle-invalid"
    }
    assert not list(check_throttling(new_declaration(new_route(throttle=corrected))))


def test_the_stage_and_every_route_are_checked() -> None:
    """All problems are reported at once, each with its location."""
    senseless = Throttle(rate=-1, burst=1)
    api = new_declaration(
        new_route("/a", throttle=senseless),
        new_route("/b"),
        new_route("/c", throttle=senseless),
        stage=Stage(name="prod", throttle=senseless),
    )

    assert [finding.subject for finding in check_throttling(api)] == [
        Subject("stage"),
        Subject("route", "GET /a"),
        Subject("route", "GET /c"),
    ]


@given(rate=st.none() | st.floats(), burst=st.none() | st.integers() | st.floats())
def test_a_valid_throttle_is_a_token_bucket(rate: float | None, burst: float | None) -> None:
    """Its numbers are finite, not negative, and allow requests."""
    throttle = Throttle(rate=rate, burst=burst)  # type: ignore[arg-type] # as jsii hands it over

    if not list(check_throttling(new_declaration(new_route(throttle=throttle)))):
        numbers = [number for number in (rate, burst) if number is not None]
        assert numbers
        assert all(math.isfinite(number) and number >= 0 for number in numbers)
        assert burst is None or burst == math.floor(burst)
        assert not (rate and burst == 0)
