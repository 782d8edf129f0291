"""The place in a file, template or account where something is declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class SourceLocation:
    """The location of an element in its source: the known parts, by the author's names.

    `pointer` is the way to it in `file`, as keys and indexes from the top.
    """

    construct_path: str | None = None
    logical_id: str | None = None
    file: str | None = None
    line: int | None = None
    arn: str | None = None
    json_pointer: tuple[str, ...] = ()

    @property
    def display_name(self) -> str:
        """The name in messages."""
        return self.construct_path or self.logical_id or str(self)

    def __str__(self) -> str:
        if self.construct_path:
            return self.construct_path
        position = f"{self.file}:{self.line}" if self.file and self.line else self.file
        return " in ".join(part for part in (self.logical_id, position) if part) or self.arn or "?"


UNKNOWN_LOCATION: Final = SourceLocation()
