"""The figures of probes, their medians over several, and how two of them compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from statistics import median

from streaming_construct.probe.http.response import Response


@dataclass(frozen=True)
class Measures:
    """What a stream is measured by, in seconds and bytes a second; None where there is nothing."""

    connect: float | None
    head: float | None
    first_byte: float | None
    median_gap: float | None
    longest_gap: float | None
    total: float | None
    bytes_per_second: float | None

    @staticmethod
    def of(response: Response) -> Measures:
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


NAMES = tuple(field.name.replace("_", " ") for field in fields(Measures))


def medians(measured: Sequence[Measures]) -> Measures:
    """Give the median of each measure, over those that have it."""
    columns = zip(*map(astuple, measured), strict=True)
    present = ([value for value in column if value is not None] for column in columns)
    return Measures(*(median(values) if values else None for values in present))


def ratios(left: Measures, right: Measures) -> tuple[float | None, ...]:
    """Divide each measure of `right` by that of `left`; None where either lacks it or is 0."""
    pairs = zip(astuple(left), astuple(right), strict=True)
    return tuple(None if not a or b is None else b / a for a, b in pairs)


def rows(columns: Sequence[tuple[str, Measures]]) -> list[tuple[str, ...]]:
    """Write measures as a table, its head first; of two, the ratio of second to first as well."""
    head = ("seconds", *(name for name, _ in columns))
    values = [[_written(value, n) for n, value in enumerate(astuple(m))] for _, m in columns]
    if len(columns) == 2:
        head = (*head, "ratio")
        compared = ratios(columns[0][1], columns[1][1])
        values.append(["-" if ratio is None else f"{ratio:.2f}" for ratio in compared])
    return [head, *((name, *row) for name, *row in zip(NAMES, *values, strict=True))]


def _written(value: float | None, place: int) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if NAMES[place] != "bytes per second" else f"{value:.0f}"
