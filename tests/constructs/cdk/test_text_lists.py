"""Lists of texts as arguments."""

from __future__ import annotations

from streaming_construct.constructs.cdk.validation import list_texts


def test_a_list_keeps_its_order_and_a_set_is_sorted() -> None:
    """The order of a set would change the template with each synthesis."""
    assert list_texts(["b", "a"]) == ["b", "a"]
    assert list_texts(set("gfedcba")) == list("abcdefg")


def test_a_value_of_another_type_has_no_texts() -> None:
    """The checks of the arguments report it."""
    assert list_texts("text") == list_texts([1]) == list_texts(None) == []
