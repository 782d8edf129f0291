"""What was left out, in a screen of text."""

from __future__ import annotations

from streaming_construct.openapi.conversion.conversion_report import OmittedElement, format_summary


def test_it_is_grouped_by_reason_with_places() -> None:
    """A pointer where there is one, else the operation."""
    dropped = [
        OmittedElement(
            subject="GET /a", element="response default", reason="no such", pointers=("#/a",)
        ),
        OmittedElement(subject="GET /b", element="response default", reason="no such"),
        OmittedElement(subject="#", element="tags", reason="no use"),
    ]

    assert format_summary(dropped) == "response default at #/a, GET /b (no such); tags (no use)"


def test_its_length_is_bounded() -> None:
    """However many things, reasons and places there are, and however long they are."""
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
