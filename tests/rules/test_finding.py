"""A finding reads as one line: where, what, what to do, and the rule's name."""

from __future__ import annotations

from streaming_construct.rules.finding import Severity, error, warning


def test_it_reads_as_one_line() -> None:
    """The id comes last: it is for looking up, not for reading."""
    found = error("path-invalid", "route GET /a b", "it holds a space", "leave it out")

    assert str(found) == "route GET /a b: it holds a space; leave it out [path-invalid]"


def test_an_error_stops_and_a_warning_does_not() -> None:
    """Both carry the same fields; the severity tells them apart."""
    stops, tells = error("a", "b", "c", "d"), warning("a", "b", "c", "d")

    assert (stops.severity, tells.severity) == (Severity.ERROR, Severity.WARNING)
    assert (stops.id, stops.where, stops.message, stops.fix) == ("a", "b", "c", "d")
