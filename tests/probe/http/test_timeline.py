"""Measures from the arrivals of a response."""

import pytest

from streaming_construct.probe.http.timeline import Arrival, Timeline


def test_measures_come_from_the_arrivals() -> None:
    """First byte, gaps, span and body are those of the arrivals, in order."""
    timeline = Timeline((Arrival(0.5, b"a"), Arrival(0.75, b"bc"), Arrival(1.75, b"d")), 2.0)

    assert timeline.first_byte == 0.5
    assert timeline.gaps == pytest.approx((0.25, 1.0))
    assert timeline.span == pytest.approx(1.25)
    assert timeline.body == b"abcd"


def test_a_response_without_a_body_has_no_first_byte() -> None:
    """It has no gaps, either."""
    timeline = Timeline((), 0.1)

    assert timeline.first_byte is None
    assert timeline.gaps == ()
    assert timeline.span == 0
    assert timeline.body == b""
