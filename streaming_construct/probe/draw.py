"""Timelines and verdicts as lines of plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streaming_construct.probe.timeline import Arrival, Timeline

_GREEN, _RED, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


def arrival_line(arrival: Arrival, gap: float | None, width: int = 100) -> str:
    """Draw one arrival: when it came, how long after the one before, its size, how it begins."""
    since = "" if gap is None else f"+{gap:.3f}"
    left = f"{arrival.at:9.3f} s {since:>8} {len(arrival.data):6} B  "
    words = " ".join(arrival.data.decode(errors="replace").split())
    shown = "".join(letter if letter.isprintable() else "?" for letter in words)
    room = max(width - len(left), 10)
    return left + (shown if len(shown) <= room else shown[: room - 3] + "...")


def measures(timeline: Timeline) -> tuple[str, str, str]:
    """Give first-byte time, gaps (shortest, median, longest) and total, in seconds."""
    first = "-" if timeline.first_byte is None else f"{timeline.first_byte:.3f}"
    gaps = sorted(timeline.gaps)
    spread = f"{gaps[0]:.3f} {gaps[len(gaps) // 2]:.3f} {gaps[-1]:.3f}" if gaps else "-"
    return first, spread, f"{timeline.total:.3f}"


def verdict_line(verdict: str, timeline: Timeline, chunks: int | None) -> str:
    """Draw the verdict on a response and what it rests on."""
    first, gaps, total = measures(timeline)
    count = len(timeline.arrivals)
    parts = [f"{count} arrival{'' if count == 1 else 's'}"]
    if chunks is not None:
        parts[0] += f" of {chunks} chunk{'' if chunks == 1 else 's'}"
    if timeline.arrivals:
        parts.append(f"first byte {first} s")
    if timeline.gaps:
        parts.append(f"gaps {gaps} s (shortest, median, longest)")
    return f"{verdict}: {', '.join([*parts, f'total {total} s'])}"


def strip(timeline: Timeline, width: int = 72) -> str:
    """Draw the whole time as a strip: `#` where something arrived, `.` where nothing did."""
    cells = ["."] * max(width - 2, 1)
    for arrival in timeline.arrivals:
        place = int(arrival.at / (timeline.total or 1) * len(cells))
        cells[min(place, len(cells) - 1)] = "#"
    return f"[{''.join(cells)}]"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align rows of cells in columns, two spaces between them."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def painted(line: str, *, good: bool, colour: bool) -> str:
    """Paint a line green or red, or leave it as it is where colour is not wanted."""
    return f"{_GREEN if good else _RED}{line}{_PLAIN}" if colour else line
