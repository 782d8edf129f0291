"""`Subject`: what a finding or a comparison is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Subject:
    """A part of an API or of its account, by kind and name.

    Printed as `route POST /chat`, or as `the stage` if there is only one of its kind and `name` is
    empty.
    """

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else f"the {self.kind}"
