"""Coercion of template values to a mapping, a list, a number or a string."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from streaming_construct.templates.stacks.unresolved import Unresolved


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return the mapping, or an empty one for anything else (`None`, `Unresolved`)."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: object) -> Sequence[Any]:
    """Return the list, or an empty one for anything else (`None`, `Unresolved`)."""
    return value if isinstance(value, list | tuple) else ()


def as_number(value: object) -> float | None:
    """Return the number, also where it is written as a string, or None for anything else."""
    if not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if abs(number) < float("inf") else None


def as_string(value: object) -> str | None:
    """Return the string, or None for anything else (`None`, `Unresolved`)."""
    return value if isinstance(value, str) else None


def to_string(value: object) -> str:
    """Return a scalar as CloudFormation writes it where it expects a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def to_strings(values: object) -> tuple[str, ...]:
    """Return the scalars of a list as strings, without those that are unresolved."""
    return tuple(to_string(value) for value in as_list(values) if not isinstance(value, Unresolved))
