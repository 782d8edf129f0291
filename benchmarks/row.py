"""`Row`: one line of the table of benchmarks."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """A measured ratio or quantity beside its aim.

    Args:
        measure: The quantity, and its baseline after "to".
        value: The median of the runs.
        aim: The value to reach.
        unit: The unit of both, such as ` s`. Default: a ratio.
        more_is_better: Whether the aim is a minimum. Default: False, it is a maximum.
        absolute: The medians that the ratio is made of. Default: empty.
        count: A count of the same work that other programs do not disturb. Default: empty.
        limit: The value of the smallest possible program in the same runs. Default: not measured.
        limit_program: The name of that program. Default: empty.
    """

    measure: str
    value: float
    aim: float
    unit: str = ""
    more_is_better: bool = False
    absolute: str = ""
    count: str = ""
    limit: float | None = None
    limit_program: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether the value, as printed, reaches the aim."""
        return self._reaches_aim(self.value)

    @property
    def verdict(self) -> str:
        """Whether the value reaches the aim, and whether the minimal program does.

        A limit that is worse than the value shows noise, and gives no verdict.
        """
        if self.is_reached:
            return "reached"
        if self.limit is None or self._reaches_aim(self.limit):
            return "missed"
        is_better = self.value > self.limit if self.more_is_better else self.value < self.limit
        return "missed" if is_better else "missed; the limit misses it too"

    def _reaches_aim(self, value: float) -> bool:
        printed = float(f"{value:.2f}")
        return printed >= self.aim if self.more_is_better else printed <= self.aim


def format_rows(rows: Iterable[Row]) -> str:
    """Return a Markdown table."""
    lines = [
        "| measure | result | aim | | measured limit | absolute medians | count |",
        "| --- | --: | --: | --- | --- | --- | --- |",
    ]
    for row in rows:
        sign = "≥" if row.more_is_better else "≤"
        limit = "" if row.limit is None else f"{row.limit:.2f}{row.unit}: {row.limit_program}"
        lines.append(
            f"| {row.measure} | {row.value:.2f}{row.unit} | {sign} {row.aim:g}{row.unit} "
            f"| {row.verdict} | {limit} | {row.absolute} | {row.count} |"
        )
    return "\n".join(lines)


def median_ratio(ours: Sequence[float], baseline: Sequence[float]) -> float:
    """Return the median of the ratios within each repetition: a busy minute slows both."""
    return statistics.median(
        ours_once / baseline_once for ours_once, baseline_once in zip(ours, baseline, strict=True)
    )


def describe_medians(ours: Sequence[float], baseline: Sequence[float], unit: str) -> str:
    """Return both medians, ours first."""
    return f"{statistics.median(ours):.3g} to {statistics.median(baseline):.3g} {unit}"
