"""Output to the terminal: lines, rich consoles, and the escaping of untrusted text."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final, cast

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

# Shorter than a person notices, longer than a function that is ready needs to respond.
_BATCH_SECONDS: Final = 0.005
# Output that is not a terminal is not wrapped. rich needs a number.
_UNWRAPPED_COLUMNS: Final = 10_000
_DEFAULT_COLUMNS: Final = 120
# C0 and C1 control characters, line separators, bidirectional controls, and lone surrogates.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
# Commands of CI runners: `::name` at the beginning of a line, `##[name]` or `##vso[` anywhere.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
_WORKFLOW_COMMAND: Final = re.compile(r"^(?P<indent>\s*)::(?=[A-Za-z])|##(?=[A-Za-z]*\[)")


class Terminal:
    """Prints lines in batches of a few milliseconds, so that no response waits for the terminal.

    It belongs to the running event loop. `flush` prints the lines that are left at the end.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._has_color = has_color()

    def __call__(self, line: str) -> None:
        """Print a line, or several; untrusted characters are escaped."""
        self._print(escape_lines(line))

    def print_request(self, line: str, status: int | None) -> None:
        """Print the access log line of a request, in the color of its status."""
        escaped = escape_text(line)
        self._print(style_request(escaped, status) if self._has_color else escaped)

    def flush(self) -> None:
        """Print the lines that wait."""
        if self._lines:
            lines, self._lines = self._lines, []
            echo("\n".join(lines))

    def _print(self, escaped: str) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_later(_BATCH_SECONDS, self.flush)
        self._lines.append(escaped)


def has_color() -> bool:
    """Return whether standard output is a terminal and NO_COLOR is not set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def style_request(line: str, status: int | None) -> str:
    """Return an access log line in green, yellow for a 4xx, or red for a 5xx or no response."""
    if status is None or status >= 500:
        return click.style(line, fg="red")
    return click.style(line, fg="yellow" if status >= 400 else "green")


def echo(line: str) -> None:
    """Print a line. After the reader closed the pipe (`| head`), discard all output.

    A server must neither end nor stop reading its functions' pipes because its output is closed.
    """
    with _discard_unreadable():
        click.echo(line)


def open_console(*, no_color: bool = False) -> Console:
    """Return a rich console for standard output.

    On a terminal, the console has colors unless `no_color` or the environment variable NO_COLOR is
    set (https://no-color.org). Otherwise its output is plain text, without added line breaks.
    """
    from rich.console import Console

    is_terminal = sys.stdout.isatty()
    return Console(
        file=cast("IO[str]", _StandardOutput()),
        force_terminal=is_terminal,
        color_system="auto" if has_color() and not no_color else None,
        width=terminal_columns() if is_terminal else _UNWRAPPED_COLUMNS,
        soft_wrap=True,
        markup=False,
        emoji=False,
        highlight=False,
    )


def terminal_columns() -> int:
    """Return the width of the terminal, or of COLUMNS. Default: 120."""
    return shutil.get_terminal_size((_DEFAULT_COLUMNS, 24)).columns


def escape_text(text: str) -> str:
    r"""Escape untrusted text for a terminal and a CI log, on one line.

    Control characters, bidirectional controls and line separators become escape sequences such as
    `\x1b`. Commands of CI runners (`::error::`, `##[error]`) lose their effect. Everything that a
    server, a client, a template or a function controls passes through here before it is printed.
    """
    escaped = _UNSAFE.sub(_escape_character, text)
    return _WORKFLOW_COMMAND.sub(_escape_command, escaped)


def escape_lines(text: str) -> str:
    """Escape untrusted text of several lines: `escape_text` for each line, but tabs stay."""
    return "\n".join("\t".join(map(escape_text, line.split("\t"))) for line in text.split("\n"))


def _escape_character(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode()


def _escape_command(match: re.Match[str]) -> str:
    return "\\x23#" if match[0] == "##" else f"{match['indent']}\\x3a:"


class _StandardOutput:
    """Standard output as rich uses it. It discards output that no process reads."""

    def write(self, text: str) -> int:
        with _discard_unreadable():
            sys.stdout.write(text)
        return len(text)

    def flush(self) -> None:
        with _discard_unreadable():
            sys.stdout.flush()

    def isatty(self) -> bool:
        return sys.stdout.isatty()

    def fileno(self) -> int:
        return sys.stdout.fileno()

    @property
    def encoding(self) -> str:
        return sys.stdout.encoding


@contextmanager
def _discard_unreadable() -> Iterator[None]:
    """On an OSError, redirect standard output to the null device.

    The redirection also covers buffered text, which Python flushes once more when it exits:
    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    try:
        yield
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
