"""The report of a conversion: the omitted elements with their locations and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, kw_only=True)
class OmittedElement:
    """An element of the original document that the converted document lacks.

    Attributes:
        subject: The operation of the original document (`GET /pets`), or a JSON pointer into it:
            of a schema that operations share, or `#` for the whole document.
        element: The omitted element.
        reason: The reason, in one clause.
        pointers: Its locations in the original document, as JSON pointers.
        operations: The operations that use a shared schema; empty if `subject` is an operation.
    """

    subject: str
    element: str
    reason: str
    pointers: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.subject}: {self.element} ({self.reason})"


class ConversionReport:
    """Collects the omitted elements: one entry for each subject, element and reason."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str, str], tuple[dict[str, None], dict[str, None]]] = {}

    def add(
        self,
        subject: str,
        element: str,
        reason: str,
        pointers: Iterable[str] = (),
        operations: Iterable[str] = (),
    ) -> None:
        """Record an omitted element. A repeated call only adds pointers and operations."""
        locations, users = self._entries.setdefault((subject, element, reason), ({}, {}))
        locations.update(dict.fromkeys(pointers))
        users.update(dict.fromkeys(operations))

    def list_elements(self) -> tuple[OmittedElement, ...]:
        """Return all entries, grouped by reason and element in the order of the first call."""
        order: dict[tuple[str, str], list[OmittedElement]] = {}
        for (subject, element, reason), (locations, users) in self._entries.items():
            entry = OmittedElement(
                subject=subject,
                element=element,
                reason=reason,
                pointers=tuple(locations),
                operations=tuple(users),
            )
            order.setdefault((reason, element), []).append(entry)
        reasons: dict[str, list[OmittedElement]] = {}
        for (reason, _), entries in order.items():
            reasons.setdefault(reason, []).extend(entries)
        return tuple(entry for entries in reasons.values() for entry in entries)


def format_report(dropped: Iterable[OmittedElement]) -> Iterator[str]:
    """Yield the report as lines: each reason, then its elements, indented."""
    reason = None
    for entry in dropped:
        if entry.reason != reason:
            reason = entry.reason
            yield f"{reason}:"
        yield f"  {entry.subject}: {entry.element}"


_MAX_REASONS = 12
_MAX_EXAMPLES = 3
_MAX_CHARACTERS = 160


def format_summary(dropped: Iterable[OmittedElement]) -> str:
    """Return a clause for each reason, with example elements and their JSON pointers.

    Its length is limited, so that it fits on a screen.
    """
    groups: dict[str, list[OmittedElement]] = {}
    for entry in dropped:
        groups.setdefault(entry.reason, []).append(entry)
    clauses = [_format_clause(reason, entries) for reason, entries in groups.items()]
    rest = sum(len(entries) for entries in list(groups.values())[_MAX_REASONS:])
    if rest:
        clauses[_MAX_REASONS:] = [f"{len(groups) - _MAX_REASONS} more reasons, {rest} elements"]
    return "; ".join(clauses)


def _format_clause(reason: str, entries: list[OmittedElement]) -> str:
    elements = list(dict.fromkeys(entry.element for entry in entries))
    locations = list(
        dict.fromkeys(location for entry in entries for location in _list_locations(entry))
    )
    element = _join_shortened(elements)
    subject = f" at {_join_shortened(locations)}" if locations else ""
    return f"{element}{subject} ({reason})"


def _list_locations(entry: OmittedElement) -> tuple[str, ...]:
    return entry.pointers or (() if entry.subject == "#" else (entry.subject,))


def _join_shortened(texts: list[str]) -> str:
    listing = ", ".join(
        text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]}..."
        for text in texts[:_MAX_EXAMPLES]
    )
    remaining = len(texts) - _MAX_EXAMPLES
    return f"{listing} and {remaining:,} more" if remaining > 0 else listing
