"""Three-valued logic: true, false, or unknown with the reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Truth:
    """A truth value; None with the `reasons` if it is unknown."""

    value: bool | None
    reasons: tuple[str, ...] = ()


TRUE: Final = Truth(value=True)
FALSE: Final = Truth(value=False)


def create_unknown(*reasons: str) -> Truth:
    """Return an unknown truth value."""
    return Truth(None, reasons)


def create_truth(value: bool) -> Truth:  # noqa: FBT001 - it is the value to convert
    """Return a known truth value."""
    return TRUE if value else FALSE


def negate(value: Truth) -> Truth:
    """Return the opposite; the opposite of an unknown value is unknown."""
    return value if value.value is None else create_truth(not value.value)


def combine_any(values: Iterable[Truth]) -> Truth:
    """Return true if one is true, else unknown if one is unknown."""
    reasons: list[str] = []
    for value in values:
        if value.value is True:
            return TRUE
        reasons += value.reasons
    return create_unknown(*reasons) if reasons else FALSE


def combine_all(values: Iterable[Truth]) -> Truth:
    """Return false if one is false, else unknown if one is unknown."""
    return negate(combine_any(map(negate, values)))
