"""Verdicts, arrivals and tables as text."""

from __future__ import annotations

import io

from rich.console import Console

from streaming_construct.probe.diagnosis import verdict
from streaming_construct.probe.http.timeline import Arrival, Timeline
from streaming_construct.probe.output import text


def render(*rows: tuple[str, ...], good: tuple[bool, ...] = (), color: bool = False) -> str:
    output = io.StringIO()
    console = Console(
        file=output, force_terminal=color, color_system="standard" if color else None, width=200
    )
    console.print(text.format_table(rows, good))
    return output.getvalue()


def test_an_arrival_is_one_line() -> None:
    """Line feeds and control characters of a chunk do not reach the terminal."""
    line = text.format_arrival_line(Arrival(1.5, b"event: a\ndata: \x1b[2Jb\n\n"), 0.25)

    assert line.plain == "    1.500 s   +0.250     22 B  event: a data: \\x1b[2Jb"


def test_the_first_arrival_has_no_gap_and_is_aligned() -> None:
    """The columns stay in place without a gap."""
    first = text.format_arrival_line(Arrival(0.5, b"abc"), None).plain
    second = text.format_arrival_line(Arrival(0.5, b"abc"), 0.1).plain

    assert "+" not in first
    assert first.index("abc") == second.index("abc")


def test_a_long_chunk_is_cut_to_the_width() -> None:
    """No line is wider than requested."""
    line = text.format_arrival_line(Arrival(0.5, b"x" * 500), None, width=80).plain

    assert len(line) == 80
    assert line.endswith("x...")


def test_a_verdict_has_the_measures_that_it_is_based_on() -> None:
    """Arrivals, chunks, time to first byte, gaps and total."""
    timeline = Timeline((Arrival(0.1, b"a"), Arrival(0.3, b"b"), Arrival(0.6, b"c")), 0.7)

    assert verdict.format_verdict_line("streamed", timeline, 4) == (
        "streamed: 3 arrivals of 4 chunks, time to first byte 0.100 s, "
        "gaps 0.200 0.300 0.300 s (shortest, median, longest), total 0.700 s"
    )


def test_missing_measures_are_omitted() -> None:
    """Those of arrivals, chunks and gaps."""
    assert (
        verdict.format_verdict_line("empty", Timeline((), 0.5), None)
        == "empty: 0 arrivals, total 0.500 s"
    )
    assert verdict.format_verdict_line("buffered", Timeline((Arrival(0.1, b"a"),), 0.2), 1) == (
        "buffered: 1 arrival of 1 chunk, time to first byte 0.100 s, total 0.200 s"
    )


def test_a_table_is_aligned() -> None:
    """Each column is as wide as its widest cell, and the last one is aligned to the right."""
    table = render(("a", "bbb", "c"), ("aaa", "b", "cc"))

    assert table.splitlines() == ["a    bbb   c", "aaa  b    cc"]


def test_a_row_is_green_or_red_on_a_terminal() -> None:
    """Without colors it is plain."""
    rows = ("a", "b"), ("good", "1"), ("bad", "2")

    assert "\x1b" not in render(*rows, good=(True, False))
    colored = render(*rows, good=(True, False), color=True).splitlines()
    assert "\x1b[1;32m" in colored[1]
    assert "\x1b[1;31m" in colored[2]
