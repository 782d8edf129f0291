"""`CommandOutput`: the lines of a command that ends by itself, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streaming_construct.terminal import Status, Terminal, echo, escape_lines


class CommandOutput:
    """Prints lines, and shows operations below them.

    Unlike `Terminal`, it drops no line: the command waits until the terminal has read it.

    Args:
        error: Whether to write to standard error. Default: to standard output.
        no_color: Whether operations are lines on a terminal, too. Default: only if it has no color.
    """

    def __init__(self, *, error: bool = False, no_color: bool = False) -> None:
        self._is_error = error
        terminal = Terminal(error=error)
        self._terminal = terminal if terminal.has_status and not no_color else None

    def __call__(self, line: str) -> None:
        """Print a line, or several; untrusted characters are escaped."""
        if self._terminal is None:
            echo(escape_lines(line), error=self._is_error)
        else:
            self._terminal(line)
            self._terminal.flush(is_limited=False)

    @contextmanager
    def show_status(self, text: str) -> Iterator[Status]:
        """Show an operation with its elapsed time until the context ends.

        Without a terminal, the text is printed as a line instead.
        """
        if self._terminal is None:
            self(text)
            yield Status(text)
            return
        try:
            with self._terminal.show_status(text) as status:
                yield status
        finally:
            self._terminal.flush(is_limited=False)
