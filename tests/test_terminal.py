"""Standard output: batches of lines, colors, and escaped text."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import re
import sys
import threading
import time
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text

from streaming_construct import terminal
from streaming_construct.terminal import (
    Terminal,
    TerminalLogHandler,
    escape_text,
    open_console,
)
from tests.support.pseudo_terminal import open_pseudo_terminal

pytestmark = pytest.mark.anyio
# The cursor goes up, and erases the line.
ERASED = r"\x1b\[1A\x1b\[2K"


def test_lines_are_printed_together_in_order(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is printed before the end of the few milliseconds in which more can follow."""
    is_over = threading.Event()
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: is_over.wait(20))
    monkeypatch.setattr(terminal, "time", clock)
    console = Terminal()
    for number in range(3):
        console(f"line {number}")

    assert capsys.readouterr().out == ""
    is_over.set()
    console.flush(is_limited=False)
    assert capsys.readouterr().out == "line 0\nline 1\nline 2\n"


async def test_a_flush_prints_waiting_lines_once(capsys: pytest.CaptureFixture[str]) -> None:
    """No line is lost at the end of the loop, and none is printed twice."""
    console = Terminal()
    console("the last words")
    console.flush()
    await asyncio.sleep(0.1)

    assert capsys.readouterr().out == "the last words\n"


async def test_a_request_line_is_plain_unless_output_is_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Files and pipes get the line of the access log."""
    console = Terminal()
    console.print_request("GET /x 500", 500)
    console.flush()

    assert capsys.readouterr().out == "GET /x 500\n"


async def test_output_without_a_reader_blocks_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A number of lines wait, others are dropped and counted. The caller never waits."""
    read, write = os.pipe()
    monkeypatch.setattr(terminal, "_get_descriptor", lambda _: write)
    monkeypatch.setattr(terminal, "_FLUSH_SECONDS", 0.05)
    monkeypatch.setattr(terminal, "_MAX_WAITING_LINES", 200)
    console = Terminal()
    for number in range(2000):
        console(f"{number:04} {'x' * 2000}")
        if number < 400:
            await asyncio.sleep(0.0005)
    console.flush()

    received = b""
    while b"were dropped" not in received:
        received += await asyncio.to_thread(os.read, read, 65536)
        console("another line")
    os.close(read)
    numbers = [int(line[:4]) for line in received.decode().splitlines() if line[:4].isdecimal()]

    assert numbers[:100] == list(range(100))
    assert numbers == sorted(numbers)
    assert len(numbers) < 2000


async def test_log_records_are_lines_of_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings and above, with their traceback. No log call waits for the reader of stderr."""
    console = Terminal()
    record = logging.makeLogRecord({"levelno": logging.WARNING, "msg": "one\ntwo"})
    TerminalLogHandler(console).handle(record)
    console.flush()

    assert capsys.readouterr().out == "one\ntwo\n"


def test_statuses_are_below_all_lines_and_disappear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is one line with its seconds. A line of others erases them, and they appear again."""
    with open_pseudo_terminal(monkeypatch) as screen:
        with (
            screen.terminal.show_status("installing a\nb"),
            screen.terminal.show_status("x" * 70) as status,
        ):
            screen.wait_for("installing a\\nb")
            screen.wait_for(f" {'x' * 53}…\x1b")
            screen.terminal("a line")
            screen.wait_for("a line\r\n")
            status.text = "testing"
            screen.wait_for("testing")
        screen.terminal("the end")
        text = screen.wait_for("the end\r\n")

    assert re.search(
        rf"{ERASED}a line\r\n.*installing.*testing.*{ERASED}the end\r\n$", text, re.DOTALL
    )
    assert "\x1b[?25l" not in text  # a process that SIGTERM ends cannot show a hidden cursor


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_flush_ends_although_its_lines_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next line is written by another thread."""
    terminal = Terminal()

    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(terminal, "_write", fail)
        terminal("lost")
        writer = terminal._thread
        terminal.flush(is_limited=False)
        assert writer is not None
        writer.join()  # its exception belongs to this test, not to the next one
    terminal("printed")
    terminal.flush(is_limited=False)

    assert capsys.readouterr().out == "printed\n"


def test_a_closed_error_stream_leaves_standard_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in `2>&1 >report.json | head`: the report is complete."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        monkeypatch.setattr(sys, "stderr", closed)
        terminal.echo("remark", error=True)
        terminal.echo("report")

        assert os.path.samestat(os.fstat(write), Path(os.devnull).stat())
    assert capsys.readouterr().out == "report\n"


def test_a_quick_operation_shows_no_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """So it does not import rich."""
    with open_pseudo_terminal(monkeypatch) as screen:
        monkeypatch.setattr(terminal, "_STATUS_DELAY_SECONDS", 60.0)
        with screen.terminal.show_status("installing"):
            time.sleep(0.15)
        screen.terminal("the end")
        text = screen.wait_for("the end\r\n")

    assert text == "the end\r\n"


def test_a_status_is_a_line_where_output_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is printed at the start, once."""
    console = Terminal()
    with console.show_status("installing"):
        time.sleep(0.15)
    console.flush()

    assert not console.has_status
    assert capsys.readouterr().out == "installing\n"


@pytest.mark.parametrize(
    ("status", "code"), [(200, 32), (304, 32), (404, 33), (502, 31), (None, 31)]
)
def test_a_request_line_has_the_color_of_its_status(status: int | None, code: int) -> None:
    """Green, yellow for an error of the client, red for one of the server or no response."""
    assert terminal.style_request("line", status) == f"\x1b[{code}mline\x1b[0m"


def test_no_color_disables_colors_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR with any value does; an empty one does not. A terminal may support none."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "")
    assert terminal.has_color()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not terminal.has_color()
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setenv("TERM", "dumb")
    assert not terminal.has_color()


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain é 日本 \U0001f600", "plain é 日本 \U0001f600"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("a\r\nb\tc\x7f", "a\\r\\nb\\tc\\x7f"),
        ("\x9b31m\x85", "\\x9b31m\\x85"),
        ("\u2028\u202eabc\ud800", "\\u2028\\u202eabc\\ud800"),
        ("::error::forged", "\\x3a:error::forged"),
        ("  ::set-output name=x::y", "  \\x3a:set-output name=x::y"),
        ("x ##[add-mask]y ##vso[task]z", "x \\x23#[add-mask]y \\x23#vso[task]z"),
        ("::1 a::b ## heading", "::1 a::b ## heading"),
    ],
)
def test_untrusted_text_is_escaped(text: str, escaped: str) -> None:
    """Control characters, line separators, bidirectional controls and workflow commands."""
    assert escape_text(text) == escaped


@settings(deadline=None)
@given(st.text())
def test_escaped_text_is_one_printable_line(text: str) -> None:
    """The text does not matter."""
    escaped = escape_text(text)

    assert len(escaped.splitlines()) <= 1
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in escaped)
    assert not re.match(r"\s*::[A-Za-z]", escaped)


@pytest.mark.parametrize(
    ("no_color", "variable", "has_color"),
    [(False, "", True), (True, "", False), (False, "1", False)],
)
def test_a_terminal_has_colors_unless_disabled(
    no_color: bool, variable: str, has_color: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option or NO_COLOR disables them, and live displays."""
    monkeypatch.setenv("NO_COLOR", variable)
    monkeypatch.setenv("TERM", "xterm")
    output = io.StringIO()
    monkeypatch.setattr(output, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", output)

    console = open_console(no_color=no_color)
    console.print(Text("word", "bold red"))

    assert console.is_terminal is has_color
    assert ("\x1b" in output.getvalue()) is has_color
    assert "word" in output.getvalue()


def test_other_output_is_plain_and_not_wrapped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment may request colors."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    open_console().print(Text("x" * 500, "bold red"))

    assert capsys.readouterr().out == "x" * 500 + "\n"
