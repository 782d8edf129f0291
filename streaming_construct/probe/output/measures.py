"""`Measures`: latency measures of a response, their medians and ratios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from statistics import median
from typing import Final

from streaming_construct.probe.http.response import Response


@dataclass(frozen=True)
class Measures:
    """Measures of one response, in seconds and bytes per second. None for a missing value."""

    connect: float | None
    head: float | None
    first_byte: float | None
    median_gap: float | None
    longest_gap: float | None
    total: float | None
    bytes_per_second: float | None

    @staticmethod
    def from_response(response: Response) -> Measures:
        """Measure one response."""
        timeline = response.timeline
        gaps = timeline.gaps
        return Measures(
            connect=response.connect or None,
            head=timeline.head,
            first_byte=timeline.first_byte,
            median_gap=median(gaps) if gaps else None,
            longest_gap=max(gaps) if gaps else None,
            total=timeline.total,
            bytes_per_second=timeline.size / timeline.total if timeline.total else None,
        )


NAMES: Final = tuple(field.name.replace("_", " ") for field in fields(Measures))


def compute_medians(measures: Sequence[Measures]) -> Measures:
    """Return the median of each measure, over the responses that have it."""
    columns = zip(*map(astuple, measures), strict=True)
    present = ([value for value in column if value is not None] for column in columns)
    return Measures(*(median(values) if values else None for values in present))


def compute_ratios(left: Measures, right: Measures) -> tuple[float | None, ...]:
    """Divide each measure of `right` by that of `left`; None if one is missing or `left` is 0."""
    pairs = zip(astuple(left), astuple(right), strict=True)
    return tuple(None if not a or b is None else b / a for a, b in pairs)


def format_measure_rows(columns: Sequence[tuple[str, Measures]]) -> list[tuple[str, ...]]:
    """Return the rows of a table of measures, the header first; for two columns, with ratios."""
    head = ("seconds", *(name for name, _ in columns))
    values = [[_format_value(v, n) for n, v in enumerate(astuple(m))] for _, m in columns]
    if len(columns) == 2:
        head = (*head, "ratio")
        divided = compute_ratios(columns[0][1], columns[1][1])
        values.append(["-" if ratio is None else f"{ratio:.2f}" for ratio in divided])
    return [head, *((name, *row) for name, *row in zip(NAMES, *values, strict=True))]


def _format_value(value: float | None, position: int) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if NAMES[position] != "bytes per second" else f"{value:.0f}"
