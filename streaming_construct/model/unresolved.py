"""Properties whose values a source does not give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def describe_unresolved(unresolved: Mapping[str, str]) -> Iterator[str]:
    """Yield a text for each unresolved property, such as `Timeout: parameter T has no default`."""
    for name, reason in unresolved.items():
        yield f"{name}: {reason}"


def add_unresolved(unresolved: dict[str, str], name: str, reason: object) -> None:
    """Add the reason why a property is unresolved to those that it already has."""
    unresolved[name] = f"{unresolved[name]}; {reason}" if name in unresolved else str(reason)
