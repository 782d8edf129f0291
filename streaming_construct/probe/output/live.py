"""`LiveOutput`: print arrivals as they happen, and on a terminal how long nothing arrived."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from streaming_construct.probe.http.fetch import ProgressListener
from streaming_construct.probe.http.timeline import Arrival, Timeline
from streaming_construct.probe.output.text import draw_timeline_bar, format_arrival_line
from streaming_construct.terminal import escape_text

if TYPE_CHECKING:
    from typing_extensions import Self

_MAX_LINES: Final = 500
_REFRESH_PER_SECOND: Final = 4
_MIN_SILENCE_SECONDS: Final = 1.0


class LiveOutput(ProgressListener):
    """Prints one line for each arrival at once.

    On a terminal, the last line is a bar of the time since the request, with the seconds since
    the last arrival. It disappears when the response ends.
    """

    def __init__(self, console: Console, width: int = 100) -> None:
        self._console = console
        self._width = width
        self._arrivals: list[Arrival] = []
        self._started_at = self._last_at = time.monotonic()
        self._live = Live(
            console=console,
            get_renderable=self._render_status,
            refresh_per_second=_REFRESH_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def on_head(self, status: int, at: float, headers: tuple[tuple[str, str], ...]) -> None:
        """Print status and content type."""
        self._last_at = time.monotonic()
        self._started_at = self._last_at - at
        types = [value for name, value in headers if name.lower() == "content-type"]
        line = f"{at:9.3f} s {'':8} {'head':>6}    {' '.join([str(status), *types])}"
        self._console.print(escape_text(line))

    def on_arrival(self, arrival: Arrival) -> None:
        """Print one line for an arrival. After many lines, only count."""
        self._last_at = time.monotonic()
        gap = arrival.at - self._arrivals[-1].at if self._arrivals else None
        self._arrivals.append(arrival)
        if len(self._arrivals) <= _MAX_LINES:
            self._console.print(format_arrival_line(arrival, gap, self._width))
        elif len(self._arrivals) == _MAX_LINES + 1:
            self._console.print("  further arrivals are counted, but not shown")

    def _render_status(self) -> Text:
        """Return the last line: a bar, and how long nothing arrived."""
        now = time.monotonic()
        timeline = Timeline(tuple(self._arrivals), now - self._started_at)
        silence = now - self._last_at
        parts = [f"{timeline.total:.0f} s, {timeline.size} B"]
        if silence >= _MIN_SILENCE_SECONDS:
            parts.append(f"no data for {silence:.0f} s")
        note = ", ".join(parts)
        bar = draw_timeline_bar(timeline, min(72, max(self._width - len(note) - 2, 3)))
        return Text(f"{bar} {note}", "dim")
