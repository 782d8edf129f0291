import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.probe.diagnosis.chunks import split_chunks


def texts(content_type: str, body: bytes) -> tuple[str, ...] | None:
    found = split_chunks(content_type, body)
    return None if found is None else tuple(record.text for record in found)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_events_are_told_apart_by_blank_lines(newline: str) -> None:
    """An event of several lines is one chunk, whichever line ending it uses."""
    body = newline.join(["id: 1", "data: a", "data: b", "", "data: c", "", ""])

    assert texts("text/event-stream", body.encode()) == (
        newline.join(["id: 1", "data: a", "data: b"]),
        "data: c",
    )


def test_comments_are_no_chunks() -> None:
    """A heartbeat is not something that the stream had to say."""
    body = b": ping\n\ndata: a\n\n:\n\n: with it\ndata: b\n\n"

    assert texts("text/event-stream; charset=utf-8", body) == ("data: a", ": with it\ndata: b")


@pytest.mark.parametrize(
    "content_type",
    ["application/x-ndjson", "application/jsonl", "text/plain; charset=utf-8", "Text/Plain"],
)
def test_lines_are_chunks(content_type: str) -> None:
    """Each line that says something is a chunk, the last one also without its line feed."""
    assert texts(content_type, b"one\n\ntwo\nthree") == ("one", "two", "three")


@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream", ""])
def test_other_types_are_not_guessed(content_type: str) -> None:
    """Where chunks cannot be told apart, nothing is said."""
    assert texts(content_type, b"one\ntwo") is None


def test_a_character_cut_in_two_does_no_harm() -> None:
    """A body that breaks off inside a character is still counted."""
    found = split_chunks("application/jsonl", "one\nzwö".encode()[:-1])

    assert found is not None
    assert len(found) == 2


def test_json_texts_of_a_sequence_are_chunks() -> None:
    """RFC 7464: each begins with a record separator, and may have lines of its own."""
    body = b'\x1e{"a": 1}\n\x1e{\n"b": 2\n}\n'

    assert texts("application/json-seq", body) == ('{"a": 1}\n', '{\n"b": 2\n}\n')
    assert texts("application/geo+json-seq", body) == texts("application/json-seq", body)


def test_a_text_of_tokens_has_no_chunks_to_be_told_apart() -> None:
    """A line or two are no sign that lines are what was written."""
    assert texts("text/plain", b"Once upon a time") is None


@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF), min_size=1)))
def test_every_line_ends_where_its_text_ends(lines: list[str]) -> None:
    """Offsets are those of bytes, whatever the text."""
    body = "\n".join(lines).encode()
    found = split_chunks("application/x-ndjson", body)

    assert found is not None
    assert [record.text for record in found] == lines
    assert all(body[: record.end].endswith(record.text.encode()) for record in found)
