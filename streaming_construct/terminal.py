"""`Terminal`: standard output of a command that serves, for as long as it is read."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

import click

# Shorter than a person notices, longer than a function that is ready needs to respond.
_BATCH_SECONDS: Final = 0.005


class Terminal:
    """Prints lines in batches of a few milliseconds, so that no response waits for the terminal.

    It belongs to the running event loop. `flush` prints the lines that are left at the end.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._has_color = has_color()

    def __call__(self, line: str) -> None:
        """Print a line."""
        if not self._lines:
            asyncio.get_running_loop().call_later(_BATCH_SECONDS, self.flush)
        self._lines.append(line)

    def print_request(self, line: str, status: int | None) -> None:
        """Print the access log line of a request, in the color of its status."""
        self(style_request(line, status) if self._has_color else line)

    def flush(self) -> None:
        """Print the lines that wait."""
        if self._lines:
            lines, self._lines = self._lines, []
            echo("\n".join(lines))


def has_color() -> bool:
    """Return whether standard output is a terminal and NO_COLOR is not set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def style_request(line: str, status: int | None) -> str:
    """Return an access log line in green, yellow for a 4xx, or red for a 5xx or no response."""
    if status is None or status >= 500:
        return click.style(line, fg="red")
    return click.style(line, fg="yellow" if status >= 400 else "green")


def echo(line: str) -> None:
    """Print a line; once the output is closed (`| head`, a closed terminal), print nothing.

    The command must continue to serve, and to read what its functions print.
    """
    try:
        click.echo(line)
    except OSError:
        # Python flushes its buffer once more at its exit: that must not fail either.
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        os.close(devnull)
