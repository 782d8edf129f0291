"""The console of a command that serves: standard output, for as long as anybody reads it."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

import click

# Sooner than anybody sees, and later than a function that is ready takes to answer.
_GATHERING_SECONDS: Final = 0.005


class Terminal:
    """Prints lines as `say` does, soon: a terminal takes its time, and no answer waits for it.

    Lines of the same few milliseconds are printed at once. It belongs to the event loop that runs;
    `flush` prints what is left at the end.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []

    def __call__(self, line: str) -> None:
        """Take a line."""
        if not self._lines:
            asyncio.get_running_loop().call_later(_GATHERING_SECONDS, self.flush)
        self._lines.append(line)

    def flush(self) -> None:
        """Print what has gathered."""
        if self._lines:
            lines, self._lines = self._lines, []
            echo("\n".join(lines))


def echo(line: str) -> None:
    """Print a line; when nobody reads any more (`| head`, a closed terminal), print no more.

    What serves must not end, nor stop to empty its functions' pipes, for want of a reader.
    """
    try:
        click.echo(line)
    except OSError:
        # For good, and also for what is still buffered: Python flushes it once more at its exit.
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
