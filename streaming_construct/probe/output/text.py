"""Timelines and verdicts as lines of plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streaming_construct.probe.http.timeline import Arrival, Timeline


from streaming_construct.probe.diagnosis.diagnose import Diagnosis
from streaming_construct.probe.diagnosis.verdict import verdict_line
from streaming_construct.probe.result import ProbeResult

_GREEN, _RED, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


def arrival_line(arrival: Arrival, gap: float | None, width: int = 100) -> str:
    """Draw one arrival: when it came, how long after the one before, its size, how it begins."""
    since = "" if gap is None else f"+{gap:.3f}"
    left = f"{arrival.at:9.3f} s {since:>8} {len(arrival.data):6} B  "
    words = " ".join(arrival.data.decode(errors="replace").split())
    shown = "".join(letter if letter.isprintable() else "?" for letter in words)
    room = max(width - len(left), 10)
    return left + (shown if len(shown) <= room else shown[: room - 3] + "...")


def timeline_bar(timeline: Timeline, width: int = 72) -> str:
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


def verdict_lines(probed: ProbeResult) -> list[str]:
    """Verdict, cause and what to do."""
    lines = [verdict_line(probed.verdict.value, probed.timeline, probed.chunks)]
    diagnosis = probed.diagnosis
    if probed.cause:
        lines.append(f"why: {probed.cause.meaning} [{probed.cause.id}]")
        if diagnosis.detail:
            lines.append(f"seen: {diagnosis.detail}")
        lines.append(f"fix: {probed.cause.fix}")
    elif probed.response.error:
        lines.append(f"seen: {probed.response.error}")
    return lines


def detail_lines(diagnosis: Diagnosis) -> list[str]:
    """Who stood on the way, how the body was framed, and what the times within it tell."""
    lines = [f"on the way: {each.name} ({each.evidence})" for each in diagnosis.waypoints]
    if diagnosis.compression:
        lines.append(f"compressed: {diagnosis.compression}")
    if diagnosis.content_length is not None:
        lines.append(f"not in chunks: Content-Length {diagnosis.content_length}")
    written = [at for _, at in diagnosis.chunk_times if at is not None]
    if written and diagnosis.path_delay is not None:
        lines.append(
            f"written over {max(written) - min(written):.3f} s, by the times within the chunks;"
            f" the slowest needed {diagnosis.path_delay:.3f} s longer to arrive than the fastest"
        )
    return lines
