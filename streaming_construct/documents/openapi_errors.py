"""The errors of a document that cannot be imported: every reason with its location."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streaming_construct.documents.positions import Position


@dataclass(frozen=True, kw_only=True)
class ImportProblem:
    """One reason why a document cannot be imported.

    `pointer` is a JSON pointer into `file` (`""` is the document itself). A reason that is about a
    limit carries the `number` found and the `limit`, both in the unit that `message` names.
    """

    message: str
    pointer: str = ""
    file: str = ""
    position: Position | None = None
    number: int | None = None
    limit: int | None = None

    def __str__(self) -> str:
        location = f"{self.file}:{self.position}" if self.position else self.file
        return ": ".join(part for part in (location, self.pointer, self.message) if part)


class OpenApiError(ValueError):
    """A document that cannot be read or that API Gateway cannot import, with every reason."""

    def __init__(self, name: str, reasons: Sequence[ImportProblem]) -> None:
        self.name = name
        self.reasons = tuple(reasons)
        lines = [f"{name} cannot be imported by API Gateway", *map(str, self.reasons)]
        super().__init__("\n  - ".join(lines))
