"""Measures, their medians, and the comparison of two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.probe.http.response import Response
from streaming_construct.probe.http.timeline import Arrival, Timeline
from streaming_construct.probe.output.measures import (
    NAMES,
    Measures,
    compute_medians,
    compute_ratios,
    format_measure_rows,
)


def measure(*times: float, total: float = 2.0) -> Measures:
    arrivals = tuple(Arrival(at, b"xx") for at in times)
    return Measures.from_response(Response(200, "", Timeline(arrivals, total, 0.1), connect=0.05))


def test_a_response_is_measured() -> None:
    """In seconds, and bytes per second."""
    assert measure(0.5, 1.0, 2.0) == Measures(0.05, 0.1, 0.5, 0.75, 1.0, 2.0, 3.0)


def test_missing_values_are_not_measured() -> None:
    """A response without a body has no first byte, and raises no error."""
    none = measure()

    assert (none.first_byte, none.median_gap) == (None, None)
    assert compute_medians([none, measure(0.5)]).first_byte == 0.5
    assert compute_ratios(none, measure(0.5))[NAMES.index("first byte")] is None
    assert format_measure_rows([("a", none)])[3] == ("first byte", "-")


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=9))
def test_a_median_ignores_outliers(totals: list[float]) -> None:
    """It has as many values above as below."""
    middle = compute_medians([measure(total=total) for total in totals]).total

    assert middle is not None
    below = sum(total < middle for total in totals)
    assert abs(below - sum(total > middle for total in totals)) <= sum(t == middle for t in totals)


def test_two_columns_have_their_ratio() -> None:
    """It is the second divided by the first."""
    table = format_measure_rows([("a", measure(0.5)), ("b", measure(1.0, total=4.0))])

    assert table[0] == ("seconds", "a", "b", "ratio")
    assert table[3] == ("first byte", "0.500", "1.000", "2.00")
    assert table[6] == ("total", "2.000", "4.000", "2.00")
