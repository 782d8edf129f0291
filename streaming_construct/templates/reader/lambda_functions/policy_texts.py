"""Texts of policies and permissions, of which some are not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from streaming_construct.templates.stacks.coercion import as_list, to_string
from streaming_construct.templates.stacks.unresolved import Unresolved

UNKNOWN: Final = "?"
"""Stands for a text that is not known."""


def read_text(value: object) -> str | None:
    """Return a text, `UNKNOWN` for one that is not known, None for none."""
    if isinstance(value, Unresolved):
        return UNKNOWN
    return None if value is None else to_string(value)


def read_texts(value: object) -> tuple[str, ...]:
    """Return the texts of a member that is one text or a list."""
    return tuple(read_text(item) or UNKNOWN for item in to_sequence(value))


def to_sequence(value: object) -> Sequence[object]:
    """Return the items of a list, or a value as the only item."""
    if value is None:
        return ()
    return as_list(value) if isinstance(value, list | tuple) else (value,)
