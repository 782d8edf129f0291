"""`UnknownElement`: a value or member of a source that this library does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.subject import Subject


@dataclass(frozen=True, kw_only=True)
class UnknownElement:
    """An element that is kept and not interpreted: AWS may have added it.

    `name` is the property or member (`Type`), `value` its value as text.
    """

    subject: Subject
    name: str
    value: str
    location: SourceLocation = UNKNOWN_LOCATION

    def __str__(self) -> str:
        return f"{self.subject}: {describe_unknown_element(self.name, self.value)}"


def describe_unknown_element(name: str, value: str) -> str:
    """Return the problem of an element that is not known."""
    return f"streaming-construct does not know {name} {value}"


def describe_unknown(unknown: Mapping[str, str]) -> Iterator[str]:
    """Yield the problem of each element, by the name and the text of its value."""
    for name, value in unknown.items():
        yield describe_unknown_element(name, value)
