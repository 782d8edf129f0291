"""The chunks of a body: events, lines or JSON texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.probe.diagnosis.chunks import split_chunks


def texts(content_type: str, body: bytes) -> tuple[str, ...] | None:
    records = split_chunks(content_type, body)
    return None if records is None else tuple(record.text for record in records)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_blank_lines_separate_events(newline: str) -> None:
    """An event of several lines is one chunk, with any line endings."""
    body = newline.join(["id: 1", "data: a", "data: b", "", "data: c", "", ""])

    assert texts("text/event-stream", body.encode()) == (
        newline.join(["id: 1", "data: a", "data: b"]),
        "data: c",
    )


def test_comments_are_no_chunks() -> None:
    """A heartbeat is no content."""
    body = b": ping\n\ndata: a\n\n:\n\n: with it\ndata: b\n\n"

    assert texts("text/event-stream; charset=utf-8", body) == ("data: a", ": with it\ndata: b")


@pytest.mark.parametrize(
    "content_type",
    ["application/x-ndjson", "application/jsonl", "text/plain; charset=utf-8", "Text/Plain"],
)
def test_lines_are_chunks(content_type: str) -> None:
    """Each line with content is a chunk, also the last one without a line feed."""
    assert texts(content_type, b"one\n\ntwo\nthree") == ("one", "two", "three")


@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream", ""])
def test_other_types_are_not_guessed(content_type: str) -> None:
    """The chunks of other media types are unknown."""
    assert texts(content_type, b"one\ntwo") is None


def test_a_body_may_end_within_a_character() -> None:
    """A body that ends within a character is still counted."""
    records = split_chunks("application/jsonl", "one\nzwö".encode()[:-1])

    assert records is not None
    assert len(records) == 2


def test_json_texts_of_a_sequence_are_chunks() -> None:
    """RFC 7464: each begins with a record separator, and may have several lines."""
    body = b'\x1e{"a": 1}\n\x1e{\n"b": 2\n}\n'

    assert texts("application/json-seq", body) == ('{"a": 1}\n', '{\n"b": 2\n}\n')
    assert texts("application/geo+json-seq", body) == texts("application/json-seq", body)


def test_plain_text_with_few_lines_has_unknown_chunks() -> None:
    """One or two lines do not show that the app writes lines."""
    assert texts("text/plain", b"Once upon a time") is None


@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF), min_size=1)))
def test_every_line_ends_where_its_text_ends(lines: list[str]) -> None:
    """Offsets are those of bytes, whatever the text."""
    body = "\n".join(lines).encode()
    records = split_chunks("application/x-ndjson", body)

    assert records is not None
    assert [record.text for record in records] == lines
    assert all(body[: record.end].endswith(record.text.encode()) for record in records)
