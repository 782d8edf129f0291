"""A request on a terminal while it is under way: a line for each arrival, and how long it waits."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Final, TextIO

from streaming_construct.probe.http.fetch import ProgressListener
from streaming_construct.probe.http.timeline import Arrival
from streaming_construct.probe.output import text as draw

if TYPE_CHECKING:
    from typing_extensions import Self

_MOST_LINES: Final = 500
_TICK_SECONDS: Final = 1.0
_CLEAR_LINE: Final = "\r\x1b[K"


class LiveOutput(ProgressListener):
    """Prints what happens the moment it happens.

    `waiting` shows, in place, the seconds that nothing has come for: a terminal alone can do that.
    """

    def __init__(self, output: TextIO, *, width: int = 100, waiting: bool = False) -> None:
        self._output = output
        self._width = width
        self._waiting = waiting
        self._before: float | None = None
        self._lines = 0
        self._moved = time.monotonic()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._ticking = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        if self._waiting:
            self._ticking.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._waiting:
            self._ticking.join()
            self._write(_CLEAR_LINE)

    def head(self, status: int, at: float, headers: tuple[tuple[str, str], ...]) -> None:
        """Print status and content type."""
        kinds = [value for name, value in headers if name.lower() == "content-type"]
        self._print(f"{at:9.3f} s {'':8} {'head':>6}    {' '.join([str(status), *kinds])}")

    def arrival(self, arrival: Arrival) -> None:
        """Print a line for an arrival; of a great many, the first ones."""
        gap = None if self._before is None else arrival.at - self._before
        self._before = arrival.at
        self._lines += 1
        if self._lines <= _MOST_LINES:
            self._print(draw.arrival_line(arrival, gap, self._width))
        elif self._lines == _MOST_LINES + 1:
            self._print("  further arrivals are counted, and not shown")

    def _print(self, line: str) -> None:
        with self._lock:
            self._moved = time.monotonic()
            cleared = _CLEAR_LINE if self._waiting else ""
            self._write(f"{cleared}{line}\n")

    def _tick(self) -> None:
        while not self._over.wait(_TICK_SECONDS):
            with self._lock:
                seconds = time.monotonic() - self._moved
                if seconds >= _TICK_SECONDS:
                    self._write(f"{_CLEAR_LINE}  nothing for {seconds:.0f} s")

    def _write(self, text: str) -> None:
        """Write, for as long as anybody reads: an answer is judged without a reader, too."""
        with suppress(OSError):
            self._output.write(text)
            self._output.flush()
