"""The report of omissions fits a screen of text."""

from __future__ import annotations

from streaming_construct.openapi.conversion.conversion_report import OmittedElement, format_summary


def test_the_report_is_grouped_by_reason_with_locations() -> None:
    """A location is a pointer, or else the operation."""
    dropped = [
        OmittedElement(
            subject="GET /a", element="response default", reason="no such", pointers=("#/a",)
        ),
        OmittedElement(subject="GET /b", element="response default", reason="no such"),
        OmittedElement(subject="#", element="tags", reason="no use"),
    ]

    assert format_summary(dropped) == "response default at #/a, GET /b (no such); tags (no use)"


def test_the_length_of_the_report_is_bounded() -> None:
    """The number and the length of elements, reasons and locations do not matter."""
    dropped = [
        OmittedElement(
            subject="#",
            element=f"thing {number} " + "x" * 1000,
            reason=f"reason {number % 50}",
            pointers=("#/" + "y" * 1000,),
        )
        for number in range(5000)
    ]

    text = format_summary(dropped)
    assert len(text) < 15_000
    assert text.endswith("38 more reasons, 3800 elements")
