"""What was left out, in a screen of text."""

from __future__ import annotations

from streaming_construct.openapi.conversion.conversion_report import Dropped, summary


def test_it_is_grouped_by_reason_with_places() -> None:
    """A pointer where there is one, else the operation."""
    dropped = [
        Dropped(where="GET /a", what="response default", why="no such", pointers=("#/a",)),
        Dropped(where="GET /b", what="response default", why="no such"),
        Dropped(where="#", what="tags", why="no use"),
    ]

    assert summary(dropped) == "response default at #/a, GET /b (no such); tags (no use)"


def test_its_length_is_bounded() -> None:
    """However many things, reasons and places there are, and however long they are."""
    dropped = [
        Dropped(
            where="#",
            what=f"thing {number} " + "x" * 1000,
            why=f"reason {number % 50}",
            pointers=("#/" + "y" * 1000,),
        )
        for number in range(5000)
    ]

    text = summary(dropped)
    assert len(text) < 15_000
    assert text.endswith("38 more reasons, 3800 things")
