"""Standard output of a command that serves."""

from __future__ import annotations

import asyncio

import pytest

from streaming_construct import terminal
from streaming_construct.terminal import Terminal

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_lines_are_printed_in_order_after_a_few_milliseconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No line is printed while the loop is busy; all lines are printed afterwards."""
    console = Terminal()
    for number in range(3):
        console(f"line {number}")

    assert capsys.readouterr().out == ""
    await asyncio.sleep(0.2)
    assert capsys.readouterr().out == "line 0\nline 1\nline 2\n"


async def test_a_flush_prints_the_lines_that_wait_once(capsys: pytest.CaptureFixture[str]) -> None:
    """No line is lost with the loop, and no line is printed twice."""
    console = Terminal()
    console("the last words")
    console.flush()
    await asyncio.sleep(0.1)

    assert capsys.readouterr().out == "the last words\n"


async def test_a_request_line_is_plain_unless_output_is_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Files and pipes get the line of the access log as it is."""
    console = Terminal()
    console.print_request("GET /x 500", 500)
    console.flush()

    assert capsys.readouterr().out == "GET /x 500\n"


@pytest.mark.parametrize(
    ("status", "code"), [(200, 32), (304, 32), (404, 33), (502, 31), (None, 31)]
)
def test_a_request_line_has_the_color_of_its_status(status: int | None, code: int) -> None:
    """Green, yellow for an error of the client, red for one of the server or no response."""
    assert terminal.style_request("line", status) == f"\x1b[{code}mline\x1b[0m"


def test_no_color_disables_colors_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR with any value does; an empty one does not."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "")
    assert terminal.has_color()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not terminal.has_color()
