"""The output of the probe during a request."""

from __future__ import annotations

import io

from rich.console import Console

from streaming_construct.probe.http.timeline import Arrival
from streaming_construct.probe.output.live import LiveOutput


def console(*, is_terminal: bool) -> tuple[Console, io.StringIO]:
    output = io.StringIO()
    return Console(
        file=output, force_terminal=is_terminal, color_system=None, width=100, soft_wrap=True
    ), output


def test_a_terminal_shows_the_time_since_the_last_data() -> None:
    """The time is in its last line, which disappears at the end."""
    terminal, output = console(is_terminal=True)
    with LiveOutput(terminal) as live:
        live.on_head(200, 0.1, (("Content-Type", "text/plain"),))
        live._last_at -= 2.3
        live._live.refresh()
        live.on_arrival(Arrival(2.3, b"hello"))

    text = output.getvalue()
    assert "no data for 2 s" in text
    assert "    2.300 s               5 B  hello\n" in text
    assert text.rstrip("\r\n").endswith("\x1b[2K")


def test_other_output_is_plain_lines() -> None:
    """One line for each event, without escape sequences."""
    plain, output = console(is_terminal=False)
    with LiveOutput(plain) as live:
        live.on_head(200, 0.1, (("Content-Type", "text/plain"),))
        live.on_arrival(Arrival(0.2, b"a"))
        live.on_arrival(Arrival(0.5, b"b"))

    assert output.getvalue().splitlines() == [
        "    0.100 s            head    200 text/plain",
        "    0.200 s               1 B  a",
        "    0.500 s   +0.300      1 B  b",
    ]


def test_only_the_first_of_many_arrivals_are_printed() -> None:
    """Further ones would fill the terminal."""
    plain, output = console(is_terminal=False)
    with LiveOutput(plain) as live:
        for number in range(2000):
            live.on_arrival(Arrival(number / 1000, b"x"))

    assert len(output.getvalue().splitlines()) == 501
    assert "\x1b" not in output.getvalue()


def test_control_characters_of_a_server_do_not_reach_the_terminal() -> None:
    """Neither those of a header nor those of the body."""
    plain, output = console(is_terminal=False)
    with LiveOutput(plain) as live:
        live.on_head(200, 0.1, (("Content-Type", "text/plain\x1b]0;owned\x07\x9b31m"),))
        live.on_arrival(Arrival(0.2, "\x1b[2J\x9b31m\r::error::forged".encode()))

    text = output.getvalue()
    assert not set("\x1b\x07\x9b\r") & set(text)
    assert "text/plain\\x1b]0;owned\\x07\\x9b31m" in text
    assert "\\x1b[2J\\x9b31m ::error::forged" in text
