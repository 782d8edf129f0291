"""Output to the terminal: lines, rich consoles, and the escaping of untrusted text."""

from __future__ import annotations

import logging
import os
import re
import select
import shutil
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final, TextIO, cast

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from streaming_construct.status_display import StatusDisplay

# Shorter than a person notices, longer than a function that is ready needs to respond.
_BATCH_SECONDS: Final = 0.005
# While no program reads the output.
_MAX_WAITING_LINES: Final = 10_000
_FLUSH_SECONDS: Final = 1.0
# An operation that ends sooner is not shown: rich is not imported, and nothing flickers.
_STATUS_DELAY_SECONDS: Final = 0.4
_FRAME_SECONDS: Final = 0.1
# A pipe that `select` reports as writable takes that many bytes without waiting.
_WRITE_BYTES: Final = select.PIPE_BUF
# Output that is not a terminal is not wrapped. rich needs a number.
_UNWRAPPED_COLUMNS: Final = 10_000
_DEFAULT_COLUMNS: Final = 120
# The values of TERM that rich treats so, too.
_DUMB_TERMINALS: Final = ("dumb", "unknown")
# C0 and C1 control characters, line separators, bidirectional controls, and lone surrogates.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
# Commands of CI runners: `::name` at the beginning of a line, `##[name]` or `##vso[` anywhere.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
_WORKFLOW_COMMAND: Final = re.compile(r"^(?P<indent>\s*)::(?=[A-Za-z])|##(?=[A-Za-z]*\[)")


@dataclass(eq=False)
class Status:
    """An operation that the user waits for.

    Args:
        text: The name of the operation, in one line. It may change.
        started_at: When it began, by `time.monotonic`. Default: now.
    """

    text: str
    started_at: float = field(default_factory=time.monotonic)


ShowStatus = Callable[[str], AbstractContextManager[Status]]
"""Shows an operation with this text until the context ends, as `Terminal.show_status` does."""


class Terminal:
    """Prints lines in batches of a few milliseconds; no caller waits for the terminal.

    A thread writes them. While no program reads the output, at most `_MAX_WAITING_LINES` lines
    wait; the terminal drops later ones, and prints how many once the reader continues. Callable
    from every thread. `flush` prints the lines that are left at the end, within a second.

    Args:
        error: Whether to write to standard error. Default: to standard output.
    """

    def __init__(self, *, error: bool = False) -> None:
        self._is_error = error
        self._has_color = has_color(error=error)
        self._descriptor = _get_descriptor(sys.stderr if error else sys.stdout)
        self._changed = threading.Condition()
        self._lines: list[str] = []
        self._statuses: list[Status] = []
        self._dropped = 0
        self._is_writing = False
        # Whether the thread has seen statuses, which it must erase when they end.
        self._is_drawing = False
        self._display: StatusDisplay | None = None
        self._thread: threading.Thread | None = None

    def __call__(self, line: str) -> None:
        """Print a line, or several; untrusted characters are escaped."""
        self._print(escape_lines(line))

    @property
    def has_status(self) -> bool:
        """Whether `show_status` shows a status, rather than a line."""
        return self._has_color and self._descriptor is not None

    def print_request(self, line: str, status: int | None) -> None:
        """Print the access log line of a request, in the color of its status."""
        escaped = escape_text(line)
        self._print(style_request(escaped, status) if self._has_color else escaped)

    @contextmanager
    def show_status(self, text: str) -> Iterator[Status]:
        """Show an operation below all lines, with its elapsed time, until the context ends.

        Where the output has no color (see `has_color`), the text is printed as a line instead.
        """
        status = Status(text)
        if not self.has_status:
            self(text)
            yield status
            return
        with self._changed:
            self._statuses.append(status)
            self._notify_thread()
        try:
            yield status
        finally:
            with self._changed:
                self._statuses.remove(status)
                self._notify_thread()

    def flush(self, *, is_limited: bool = True) -> None:
        """Print the lines that wait, and erase the statuses that have ended.

        It stops after a second if no program reads the output, unless `is_limited` is false.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    not (
                        self._lines or self._is_writing or (self._is_drawing and not self._statuses)
                    )
                ),
                timeout=_FLUSH_SECONDS if is_limited else None,
            )

    def _print(self, escaped: str) -> None:
        with self._changed:
            if len(self._lines) >= _MAX_WAITING_LINES:
                self._dropped += 1
                return
            self._lines.append(escaped)
            self._notify_thread()

    def _notify_thread(self) -> None:
        if self._thread is None:
            # A daemon: a write that never ends must not keep the process.
            self._thread = threading.Thread(target=self._write_lines, daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _write_lines(self) -> None:
        try:
            self._write_batches()
        finally:
            # `flush` waits for this thread. The next line starts another one.
            with self._changed:
                self._lines.clear()
                self._is_writing = self._is_drawing = False
                self._thread = None
                self._changed.notify_all()

    def _write_batches(self) -> None:
        while True:
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: self._lines or bool(self._statuses) != self._is_drawing,
                    timeout=_FRAME_SECONDS if self._is_drawing else None,
                )
            time.sleep(_BATCH_SECONDS)
            with self._changed:
                self._is_writing = True
                lines, self._lines = self._lines, []
                dropped, self._dropped = self._dropped, 0
                statuses = tuple(self._statuses)
                self._is_drawing = bool(statuses)
            if dropped:
                lines.append(f"{dropped} lines were dropped: no program read the output.")
            self._write(lines, statuses)

    def _write(self, lines: list[str], statuses: tuple[Status, ...]) -> None:
        """Write lines above the statuses, and draw these."""
        now = time.monotonic()
        operations = [
            (escape_text(status.text), now - status.started_at)
            for status in statuses
            if now - status.started_at >= _STATUS_DELAY_SECONDS
        ]
        if self._display is not None and (lines or not operations):
            self._display.hide()
        if lines:
            self._write_text("\n".join(lines) + "\n")
        if operations:
            self._get_display().show(operations)

    def _get_display(self) -> StatusDisplay:
        # The import of rich would delay the start of the gateway by up to 0.5 s.
        from streaming_construct.status_display import StatusDisplay

        if self._display is None:
            self._display = StatusDisplay(self._write_text)
        return self._display

    def _write_text(self, text: str) -> None:
        if self._descriptor is None:
            echo(text.removesuffix("\n"), error=self._is_error)
            return
        if not self._has_color:
            text = click.unstyle(text)
        data = text.encode(errors="backslashreplace")
        # Not by sys.stdout: its lock, held in a write that never ends, would hang the exit.
        with suppress(OSError):  # the reader closed the pipe: discard the output
            while data:
                # Another process may have made a shared terminal non-blocking.
                select.select([], [self._descriptor], [])
                data = data[os.write(self._descriptor, data[:_WRITE_BYTES]) :]


class TerminalLogHandler(logging.Handler):
    """Prints log records on a `Terminal`, so that no logging waits for the reader of stderr."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(logging.WARNING)
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record, and its traceback if it has one."""
        for line in self.format(record).splitlines():
            self._terminal(line)


def _get_descriptor(stream: TextIO) -> int | None:
    """Return the file descriptor of a standard stream; None if it is no file, as in tests."""
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None


def has_color(*, error: bool = False) -> bool:
    """Return whether standard output, or standard error, is a terminal that shows colors.

    It does not if NO_COLOR is set (https://no-color.org), or if TERM names a terminal without
    control sequences.
    """
    stream = sys.stderr if error else sys.stdout
    is_dumb = os.environ.get("TERM", "").lower() in _DUMB_TERMINALS
    return stream.isatty() and not is_dumb and not os.environ.get("NO_COLOR")


def style_request(line: str, status: int | None) -> str:
    """Return an access log line in green, yellow for a 4xx, or red for a 5xx or no response.

    click does it, because the import of rich would delay the start of the gateway by up to 0.5 s.
    """
    if status is None or status >= 500:
        return click.style(line, fg="red")
    return click.style(line, fg="yellow" if status >= 400 else "green")


def echo(line: str, *, error: bool = False) -> None:
    """Print a line. After the reader closed the pipe (`| head`), discard the output to it.

    A server must neither end nor stop reading its functions' pipes because its output is closed.
    """
    with _discard_unreadable(sys.stderr if error else sys.stdout):
        click.echo(line, err=error)


def open_console(*, no_color: bool = False) -> Console:
    """Return a rich console for standard output.

    On a terminal, the console has colors and live displays unless `no_color` or the environment
    variable NO_COLOR is set (https://no-color.org). Otherwise its output is plain text.
    """
    from rich.console import Console

    is_terminal, is_styled = sys.stdout.isatty(), has_color() and not no_color
    return Console(
        file=cast("IO[str]", _StandardOutput()),
        force_terminal=is_styled,
        color_system="auto" if is_styled else None,
        width=get_terminal_columns() if is_terminal else _UNWRAPPED_COLUMNS,
        soft_wrap=True,
        markup=False,
        emoji=False,
        highlight=False,
    )


def get_terminal_columns() -> int:
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
        with _discard_unreadable(sys.stdout):
            sys.stdout.write(text)
        return len(text)

    def flush(self) -> None:
        with _discard_unreadable(sys.stdout):
            sys.stdout.flush()

    def isatty(self) -> bool:
        return sys.stdout.isatty()

    def fileno(self) -> int:
        return sys.stdout.fileno()

    @property
    def encoding(self) -> str:
        return sys.stdout.encoding


@contextmanager
def _discard_unreadable(stream: TextIO) -> Iterator[None]:
    """On an OSError, redirect a standard stream to the null device.

    The redirection also covers buffered text, which Python flushes once more when it exits:
    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    try:
        yield
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
