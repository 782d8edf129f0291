"""`Unresolved`: a value that the templates do not define."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Unresolved:
    """A value that is not known; `reason` is a sentence that names what it depends on."""

    reason: str

    def __str__(self) -> str:
        return self.reason


def list_unresolved_reasons(value: object) -> Iterator[str]:
    """Yield the reason of every `Unresolved` anywhere in a tree of mappings and lists."""
    if isinstance(value, Unresolved):
        yield value.reason
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from list_unresolved_reasons(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from list_unresolved_reasons(item)
