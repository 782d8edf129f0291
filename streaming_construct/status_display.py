"""`StatusDisplay`: running operations in the last lines of a terminal, drawn with rich."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import IO, Final, cast

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

_SPINNER_COLUMNS: Final = 2


class StatusDisplay:
    """Draws one line for each running operation. It starts no thread: one thread calls it.

    Other output requires `hide` before it.

    Args:
        write: Receives the text for the terminal, with its control sequences.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._console = _Console(
            file=cast("IO[str]", _Output(write)),
            force_terminal=True,
            force_interactive=True,
            markup=False,
            emoji=False,
            highlight=False,
        )
        self._spinner = Spinner("dots", style="cyan")
        self._live: Live | None = None

    def show(self, operations: Sequence[tuple[str, float]]) -> None:
        """Draw operations in place of those before, each by its text and its seconds until now."""
        if self._live is None:
            self._live = Live(
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        lines = (self._render(text, seconds) for text, seconds in operations)
        self._live.update(Group(*lines), refresh=True)

    def hide(self) -> None:
        """Erase the lines. The next output begins where they began."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _render(self, text: str, seconds: float) -> Text:
        """Return one line. A long text is shortened, so that the line fits the terminal."""
        elapsed = f" {seconds:.0f} s"
        label = Text(text)
        columns = self._console.width - _SPINNER_COLUMNS - len(elapsed)
        label.truncate(max(columns, 1), overflow="ellipsis")
        frame = cast("Text", self._spinner.render(time.monotonic()))
        return Text.assemble(frame, " ", label, (elapsed, "dim"), no_wrap=True, overflow="crop")


class _Console(Console):
    """A console that leaves the cursor visible: a killed process could not show it again."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - rich's
        """Do nothing. Return False: the console did not write."""
        return False


class _Output:
    """The file that rich writes to."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def write(self, text: str) -> int:
        self._write(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: `write` has written everything."""
