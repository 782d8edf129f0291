"""The report of a conversion: what was left out, where, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class OmittedElement:
    """One thing that the converted document does not say any more.

    Attributes:
        where: The operation of the original document (`GET /pets`), or a JSON pointer into it:
            of a schema that operations share, or `#` for the whole document.
        what: The omitted element.
        why: The reason, in one clause.
        pointers: Each place of it in the original document, as JSON pointers.
        operations: The operations that a shared schema serves; `where` alone when it is one.
    """

    where: str
    element: str
    reason: str
    pointers: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.where}: {self.element} ({self.reason})"


class Report:
    """Collects what is left out, one entry for each place, thing and reason."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, str], tuple[dict[str, None], dict[str, None]]] = {}

    def add(
        self,
        where: str,
        what: str,
        why: str,
        pointers: Iterable[str] = (),
        operations: Iterable[str] = (),
    ) -> None:
        """Note that `what` was left out at `where`; the same again only adds its places."""
        places, users = self._entries.setdefault((where, what, why), ({}, {}))
        places.update(dict.fromkeys(pointers))
        users.update(dict.fromkeys(operations))

    def elements(self) -> tuple[OmittedElement, ...]:
        """Everything noted, grouped by reason and thing, in the order these came up first."""
        order: dict[tuple[str, str], list[OmittedElement]] = {}
        for (where, what, why), (places, users) in self._entries.items():
            entry = OmittedElement(
                where=where,
                element=what,
                reason=why,
                pointers=tuple(places),
                operations=tuple(users),
            )
            order.setdefault((why, what), []).append(entry)
        reasons: dict[str, list[OmittedElement]] = {}
        for (why, _), entries in order.items():
            reasons.setdefault(why, []).extend(entries)
        return tuple(entry for entries in reasons.values() for entry in entries)


def format_report(dropped: Iterable[OmittedElement]) -> Iterator[str]:
    """The report as lines for a terminal: a reason, then indented what and where."""
    why = None
    for entry in dropped:
        if entry.reason != why:
            why = entry.reason
            yield f"{why}:"
        yield f"  {entry.where}: {entry.element}"


_GROUPS = 12
_PLACES = 3
_CHARACTERS = 160


def format_summary(dropped: Iterable[OmittedElement]) -> str:
    """Return a clause a reason: how often, what for example, and where, as JSON pointers.

    However much was left out, it is a screen of text.
    """
    groups: dict[str, list[OmittedElement]] = {}
    for entry in dropped:
        groups.setdefault(entry.reason, []).append(entry)
    clauses = [_clause(why, entries) for why, entries in groups.items()]
    rest = sum(len(entries) for entries in list(groups.values())[_GROUPS:])
    if rest:
        clauses[_GROUPS:] = [f"{len(groups) - _GROUPS} more reasons, {rest} things"]
    return "; ".join(clauses)


def _clause(why: str, entries: list[OmittedElement]) -> str:
    named = list(dict.fromkeys(entry.element for entry in entries))
    places = list(dict.fromkeys(place for entry in entries for place in _places(entry)))
    what = _some(named)
    where = f" at {_some(places)}" if places else ""
    return f"{what}{where} ({why})"


def _places(entry: OmittedElement) -> tuple[str, ...]:
    return entry.pointers or (() if entry.where == "#" else (entry.where,))


def _some(texts: list[str]) -> str:
    shown = ", ".join(
        text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]}..." for text in texts[:_PLACES]
    )
    more = len(texts) - _PLACES
    return f"{shown} and {more:,} more" if more > 0 else shown
