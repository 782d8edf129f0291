"""`Report`: what a command found, and its exit status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.rules.registry import RULES_BY_ID
from streaming_construct.rules.rule import Finding, Severity
from streaming_construct.rules.suppression import Suppression, apply_suppressions

# The exit status if the input cannot be read, so that nothing was checked.
EXIT_UNREADABLE: Final = 2


@dataclass(frozen=True, kw_only=True)
class Report:
    """The findings of a command.

    Attributes:
        findings: The findings without suppressed ones.
        suppressed: Each suppressed finding with its suppression.
        notes: Remarks that need no action.
        sources: The text of each file of a finding, by its path, for excerpts.
    """

    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, Suppression], ...] = ()
    notes: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


def build_report(
    findings: Iterable[Finding],
    suppressions: Sequence[Suppression] = (),
    notes: Iterable[str] = (),
    sources: Mapping[str, str] | None = None,
) -> Report:
    """Return the report on `findings`, with a note for each unused suppression."""
    result = apply_suppressions(findings, suppressions)
    return Report(
        findings=result.findings,
        suppressed=result.suppressed,
        notes=(*notes, *map(_describe_unused_suppression, result.unused)),
        sources=sources or {},
    )


def compute_exit_code(findings: Iterable[Finding], fail_on: Severity = Severity.ERROR) -> int:
    """Return 1 if a finding has the severity `fail_on` or a higher one; else 0."""
    severities = list(Severity)
    failing = severities[: severities.index(fail_on) + 1]
    return int(any(finding.rule.severity in failing for finding in findings))


def format_location(finding: Finding) -> str:
    """Return the subject of a finding with its location."""
    words = str(finding.subject).split()
    parts = ", ".join(part for part in _list_parts(finding.location) if part not in words)
    return f"{finding.subject} ({parts})" if parts else str(finding.subject)


def _describe_unused_suppression(suppression: Suppression) -> str:
    if suppression.rule not in RULES_BY_ID:
        return f"{suppression.origin}: suppresses {suppression.rule}, but there is no such rule"
    scope = f" at {suppression.scope}" if suppression.scope else ""
    return f"{suppression.origin}: the suppression of {suppression.rule}{scope} suppresses nothing"


def _list_parts(location: SourceLocation) -> Iterator[str]:
    if location.construct_path:
        yield location.construct_path
    if location.logical_id:
        yield location.logical_id
    if location.file:
        yield f"{location.file}:{location.line}" if location.line else location.file
    if location.arn:
        yield location.arn
