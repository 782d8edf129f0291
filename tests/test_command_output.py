"""The output of a command: no line is lost, and operations are below all lines."""

from __future__ import annotations

import pytest

from streaming_construct.command_output import CommandOutput
from tests.support.pseudo_terminal import open_pseudo_terminal


def test_a_terminal_has_each_line_before_the_command_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also while an operation is shown, and after it is erased."""
    with open_pseudo_terminal(monkeypatch) as screen:
        output = CommandOutput()
        output("one")
        with output.show_status("deploying") as status:
            screen.wait_for("deploying")
            output("two\x1b[2J")
            status.text = "deleting"
            screen.wait_for("deleting")
        print("three", file=screen.file, flush=True)
        text = screen.wait_for("three\r\n")

    assert text.startswith("one\r\n")
    assert "\x1b[2Ktwo\\x1b[2J\r\n" in text
    assert text.endswith("\x1b[1A\x1b[2Kthree\r\n")


@pytest.mark.parametrize("error", [False, True])
def test_other_output_has_operations_as_lines(
    error: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are on standard error if that is wanted."""
    output = CommandOutput(error=error)
    with output.show_status("deploying"):
        output("one")

    captured = capsys.readouterr()
    assert (captured.err if error else captured.out) == "deploying\none\n"
    assert (captured.out if error else captured.err) == ""


def test_colors_can_be_disabled_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An option of a command does that."""
    with open_pseudo_terminal(monkeypatch), CommandOutput(no_color=True).show_status("deploying"):
        assert capsys.readouterr().out == "deploying\n"
