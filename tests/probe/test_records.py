import pytest

from streaming_construct.probe.records import records


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_events_are_told_apart_by_blank_lines(newline: str) -> None:
    """An event of several lines is one chunk, whichever line ending it uses."""
    body = newline.join(["id: 1", "data: a", "data: b", "", "data: c", "", ""])

    assert records("text/event-stream", body.encode()) == (
        newline.join(["id: 1", "data: a", "data: b"]),
        "data: c",
    )


def test_comments_are_no_chunks() -> None:
    """A heartbeat is not something that the stream had to say."""
    body = b": ping\n\ndata: a\n\n:\n\n: with it\ndata: b\n\n"

    assert records("text/event-stream; charset=utf-8", body) == ("data: a", ": with it\ndata: b")


@pytest.mark.parametrize(
    "content_type",
    ["application/x-ndjson", "application/jsonl", "text/plain; charset=utf-8", "Text/Plain"],
)
def test_lines_are_chunks(content_type: str) -> None:
    """Each line that says something is a chunk, the last one also without its line feed."""
    assert records(content_type, b"one\n\ntwo\nthree") == ("one", "two", "three")


@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream", ""])
def test_other_types_are_not_guessed(content_type: str) -> None:
    """Where chunks cannot be told apart, nothing is said."""
    assert records(content_type, b"one\ntwo") is None


def test_a_character_cut_in_two_does_no_harm() -> None:
    """A body that breaks off inside a character is still counted."""
    found = records("text/plain", "one\nzwö".encode()[:-1])

    assert found is not None
    assert len(found) == 2
