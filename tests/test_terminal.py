"""What a command that serves prints."""

from __future__ import annotations

import asyncio

import pytest

from streaming_construct.terminal import Terminal


def test_lines_are_printed_soon_and_in_order_and_hold_nobody_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is printed while the loop is at work; a moment later all of it is."""

    async def scenario() -> tuple[str, str]:
        console = Terminal()
        for number in range(3):
            console(f"line {number}")
        at_once = capsys.readouterr().out
        await asyncio.sleep(0.2)
        return at_once, capsys.readouterr().out

    assert asyncio.run(scenario()) == ("", "line 0\nline 1\nline 2\n")


def test_what_is_left_at_the_end_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is lost with the loop, and nothing printed twice."""

    async def scenario() -> None:
        console = Terminal()
        console("the last words")
        console.flush()
        await asyncio.sleep(0.1)

    asyncio.run(scenario())

    assert capsys.readouterr().out == "the last words\n"
