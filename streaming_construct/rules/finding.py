"""`Finding`: what a rule says when it is broken."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation


class Severity(str, Enum):
    """How bad a finding is: an error does not deploy or does not stream; a warning may surprise."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One broken rule at one place.

    `id` is the rule's permanent name: the annotation's id at synth and the heading in
    `docs/rules.md`. `where` is a route or the API in its author's words, `origin` the place where
    that was written, as far as it is known; `message` says what was given and why it matters,
    `fix` what to do.
    """

    id: str
    severity: Severity
    where: str
    message: str
    fix: str
    origin: SourceLocation = UNKNOWN_LOCATION

    def __str__(self) -> str:
        return f"{self.where}: {self.message}; {self.fix} [{self.id}]"


def error(
    rule: str, where: str, message: str, fix: str, origin: SourceLocation = UNKNOWN_LOCATION
) -> Finding:
    """Return the finding of `rule` that stops a synthesis."""
    return Finding(
        id=rule, severity=Severity.ERROR, where=where, message=message, fix=fix, origin=origin
    )


def warning(
    rule: str, where: str, message: str, fix: str, origin: SourceLocation = UNKNOWN_LOCATION
) -> Finding:
    """Return the finding of `rule` that its reader may acknowledge and keep."""
    return Finding(
        id=rule, severity=Severity.WARNING, where=where, message=message, fix=fix, origin=origin
    )
