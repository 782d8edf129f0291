"""Counts of function calls in profiles, which other programs do not disturb."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pstats

PARTS = ("built-in functions", "asyncio", "Starlette and the app", "standard library", "runtime")


def count_calls(before: pstats.Stats, after: pstats.Stats, invocations: int) -> dict[str, float]:
    """Return the function calls of an invocation, by the part of the program that is called.

    Args:
        before: The profile of a process without these invocations.
        after: The profile of a process with them.
        invocations: Their number.
    """
    calls = _count_by_part(after)
    calls.subtract(_count_by_part(before))
    return {part: calls[part] / invocations for part in PARTS}


def format_calls(counts: dict[str, dict[str, float]]) -> str:
    """Return the counts of each program as a Markdown table."""
    lines = [f"| function calls | {' | '.join(counts)} |", "| --- |" + " --: |" * len(counts)]
    for part in PARTS:
        cells = [f"{calls[part]:.0f}" for calls in counts.values()]
        lines.append(f"| {part} | {' | '.join(cells)} |")
    sums = [f"{sum(calls.values()):.0f}" for calls in counts.values()]
    return "\n".join([*lines, f"| sum | {' | '.join(sums)} |"])


def _count_by_part(profile: pstats.Stats) -> Counter[str]:
    counts: Counter[str] = Counter()
    functions: dict[tuple[str, int, str], Any] = profile.stats  # type: ignore[attr-defined]  # typeshed lacks it
    for (file, _, _), (_, calls, *_) in functions.items():
        counts[_find_part(file)] += calls
    return counts


def _find_part(file: str) -> str:
    if file == "~":
        return "built-in functions"
    if "/streaming_construct/runtime/" in file:
        return "runtime"
    if "/asyncio/" in file or file.endswith("/selectors.py"):
        return "asyncio"
    if "/site-packages/" in file or file.endswith("/app.py"):
        return "Starlette and the app"
    return "standard library"
