from streaming_construct.probe.diagnosis import verdict
from streaming_construct.probe.http.timeline import Arrival, Timeline
from streaming_construct.probe.output import text


def test_an_arrival_is_one_line() -> None:
    """Line feeds and control characters of a chunk do not reach the terminal."""
    line = text.arrival_line(Arrival(1.5, b"event: a\ndata: \x1b[2Jb\n\n"), 0.25)

    assert line == "    1.500 s   +0.250     22 B  event: a data: ?[2Jb"


def test_the_first_arrival_has_no_gap_and_stays_aligned() -> None:
    """Columns stay where they are without a gap to show."""
    first = text.arrival_line(Arrival(0.5, b"abc"), None)
    second = text.arrival_line(Arrival(0.5, b"abc"), 0.1)

    assert "+" not in first
    assert first.index("abc") == second.index("abc")


def test_a_long_chunk_is_cut_to_the_width() -> None:
    """No line is wider than asked for."""
    line = text.arrival_line(Arrival(0.5, b"x" * 500), None, width=80)

    assert len(line) == 80
    assert line.endswith("x...")


def test_a_verdict_says_what_it_rests_on() -> None:
    """Arrivals, chunks, first byte, gaps and total stand beside the verdict."""
    timeline = Timeline((Arrival(0.1, b"a"), Arrival(0.3, b"b"), Arrival(0.6, b"c")), 0.7)

    assert verdict.verdict_line("streamed", timeline, 4) == (
        "streamed: 3 arrivals of 4 chunks, first byte 0.100 s, "
        "gaps 0.200 0.300 0.300 s (shortest, median, longest), total 0.700 s"
    )


def test_a_verdict_on_little_says_little() -> None:
    """What there is nothing to say about is left out."""
    assert (
        verdict.verdict_line("empty", Timeline((), 0.5), None) == "empty: 0 arrivals, total 0.500 s"
    )
    assert verdict.verdict_line("buffered", Timeline((Arrival(0.1, b"a"),), 0.2), 1) == (
        "buffered: 1 arrival of 1 chunk, first byte 0.100 s, total 0.200 s"
    )


def test_a_table_is_aligned() -> None:
    """Each column is as wide as its widest cell."""
    assert text.table([("a", "bbb", "c"), ("aaa", "b", "c")]) == ["a    bbb  c", "aaa  b    c"]


def test_colour_only_where_wanted() -> None:
    """Without colour a line is left as it is."""
    assert text.painted("line", good=True, colour=False) == "line"
    assert text.painted("line", good=True, colour=True) == "\x1b[32mline\x1b[0m"
    assert text.painted("line", good=False, colour=True) == "\x1b[31mline\x1b[0m"
