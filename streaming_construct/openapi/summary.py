"""What a conversion left out, in one paragraph of bounded length."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streaming_construct.openapi.dropped import Dropped

_GROUPS = 12
_PLACES = 3
_CHARACTERS = 160


def summary(dropped: Iterable[Dropped]) -> str:
    """Return a clause a reason: how often, what for example, and where, as JSON pointers.

    However much was left out, it is a screen of text.
    """
    groups: dict[str, list[Dropped]] = {}
    for entry in dropped:
        groups.setdefault(entry.why, []).append(entry)
    clauses = [_clause(why, entries) for why, entries in groups.items()]
    rest = sum(len(entries) for entries in list(groups.values())[_GROUPS:])
    if rest:
        clauses[_GROUPS:] = [f"{len(groups) - _GROUPS} more reasons, {rest} things"]
    return "; ".join(clauses)


def _clause(why: str, entries: list[Dropped]) -> str:
    named = list(dict.fromkeys(entry.what for entry in entries))
    places = list(dict.fromkeys(place for entry in entries for place in _places(entry)))
    what = _some(named)
    where = f" at {_some(places)}" if places else ""
    return f"{what}{where} ({why})"


def _places(entry: Dropped) -> tuple[str, ...]:
    return entry.pointers or (() if entry.where == "#" else (entry.where,))


def _some(texts: list[str]) -> str:
    shown = ", ".join(
        text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]}..." for text in texts[:_PLACES]
    )
    more = len(texts) - _PLACES
    return f"{shown} and {more:,} more" if more > 0 else shown
