"""The console of a command that serves: standard output, for as long as anybody reads it."""

from __future__ import annotations

import os
import sys

import click


def say(line: str) -> None:
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
