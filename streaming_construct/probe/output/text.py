"""Verdicts, timelines and tables as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from streaming_construct.probe.diagnosis.diagnose import Diagnosis
from streaming_construct.probe.diagnosis.verdict import format_verdict_line
from streaming_construct.probe.http.timeline import Arrival, Timeline
from streaming_construct.probe.result import ProbeResult
from streaming_construct.terminal import escape_text, get_terminal_columns

_GOOD: Final = "bold green"
_BAD: Final = "bold red"
_BAR_WIDTH: Final = 72


def format_arrival_line(arrival: Arrival, gap: float | None, width: int = 100) -> Text:
    """Format one arrival: its time, the gap before it, its size, and how it begins."""
    gap_text = "" if gap is None else f"+{gap:.3f}"
    measures = f"{arrival.at:9.3f} s {gap_text:>8} {len(arrival.data):6} B  "
    # Only the beginning is visible: 4 bytes a character are enough.
    beginning = arrival.data[: 4 * width].decode(errors="replace")
    preview = escape_text(" ".join(beginning.split()))
    preview_width = max(width - len(measures), 10)
    if len(preview) > preview_width or len(beginning.encode()) < len(arrival.data):
        preview = f"{preview[: preview_width - 3]}..."
    return Text.assemble((measures, "dim"), preview)


def draw_timeline_bar(timeline: Timeline, width: int = _BAR_WIDTH) -> str:
    """Draw the total time as a bar: `#` for a period with an arrival, `.` for one without."""
    cells = ["."] * max(width - 2, 1)
    for arrival in timeline.arrivals:
        position = int(arrival.at / (timeline.total or 1) * len(cells))
        cells[min(position, len(cells) - 1)] = "#"
    return f"[{''.join(cells)}]"


def format_table(rows: Sequence[Sequence[str]], good: Sequence[bool | None] = ()) -> Table:
    """Format rows as a table. The first row is the header, the first column the row's name.

    Args:
        rows: All rows, each with the same number of cells.
        good: For each row below the header, whether it is good (green) or bad (red). Default:
            rows without color.
    """
    head, *body = rows
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for number, title in enumerate(head):
        table.add_column(
            Text(escape_text(title)),
            justify="right" if number == len(head) - 1 else "left",
            no_wrap=True,
            overflow="fold",
        )
    for number, row in enumerate(body):
        is_good = good[number] if number < len(good) else None
        table.add_row(*(Text(escape_text(cell)) for cell in row), style=get_verdict_style(is_good))
    return table


def get_verdict_style(is_good: bool | None) -> str:  # noqa: FBT001 - the only argument
    """Return the rich style of a good, a bad or a neutral line."""
    return "" if is_good is None else _GOOD if is_good else _BAD


def print_result(console: Console, result: ProbeResult, *, quiet: bool = False) -> None:
    """Print the verdict on one response: with `quiet`, only verdict and cause."""
    first, *details = format_verdict_lines(result)
    console.print(Text(first, get_verdict_style(result.is_streamed)))
    if not quiet:
        width = min(_BAR_WIDTH, get_terminal_columns())
        console.print(draw_timeline_bar(result.timeline, width))
        details += format_detail_lines(result.diagnosis)
    for line in details:
        console.print(line)


def format_verdict_lines(result: ProbeResult) -> list[str]:
    """Format verdict, cause, fix and warnings, each on a line."""
    lines = [format_verdict_line(result.verdict.value, result.timeline, result.chunks)]
    cause, detail = result.cause, result.diagnosis.detail
    if cause:
        lines.append(f"cause: {cause.what} {cause.why} [{cause.id}]")
        if detail:
            lines.append(f"evidence: {escape_text(detail)}")
        lines.append(f"fix: {cause.fix}")
    elif result.response.error:
        lines.append(f"error: {escape_text(result.response.error)}")
    for warning in result.diagnosis.warnings:
        lines += [
            f"warning: {warning.cause.what} {warning.cause.why} [{warning.cause.id}]",
            f"evidence: {escape_text(warning.detail)}",
            f"fix: {warning.cause.fix}",
        ]
    return lines


def format_detail_lines(diagnosis: Diagnosis) -> list[str]:
    """Format the intermediaries, the framing of the body, and the times in its chunks."""
    lines = [
        f"on the path: {intermediary.name} ({escape_text(intermediary.evidence)})"
        for intermediary in diagnosis.intermediaries
    ]
    if diagnosis.compression:
        lines.append(f"compressed: {escape_text(diagnosis.compression)}")
    if diagnosis.content_length is not None:
        lines.append(f"not chunked: Content-Length {diagnosis.content_length}")
    written = [at for _, at in diagnosis.chunk_times if at is not None]
    if written and diagnosis.path_delay is not None:
        lines.append(
            f"timestamps in the chunks: written over {max(written) - min(written):.3f} s; the"
            f" slowest chunk arrived {diagnosis.path_delay:.3f} s later than the fastest"
        )
    return lines
