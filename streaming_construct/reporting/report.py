"""`Report`: what a command found, and the exit status that says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.reporting.explain import rule_sections
from streaming_construct.rules.finding import Finding, Severity
from streaming_construct.rules.suppression import Suppression, apply_suppressions

EXIT_UNREADABLE: Final = 2
"""The exit status where what was given cannot be read, so that nothing was judged."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found; `notes` are sentences beside it, which nobody has to act on."""

    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, Suppression], ...] = ()
    notes: tuple[str, ...] = ()


def build_report(
    findings: Iterable[Finding],
    suppressions: Sequence[Suppression] = (),
    notes: Iterable[str] = (),
) -> Report:
    """Return the report on `findings`, the suppressed ones apart, unused suppressions named."""
    sifted = apply_suppressions(findings, suppressions)
    return Report(
        findings=sifted.findings,
        suppressed=sifted.suppressed,
        notes=(*notes, *map(_unused, sifted.unused)),
    )


def exit_code(findings: Iterable[Finding], fail_on: Severity = Severity.ERROR) -> int:
    """Return 1 where there is an error, or with `fail_on` a warning anything at all; else 0."""
    failing = {Severity.ERROR, fail_on}
    return int(any(finding.severity in failing for finding in findings))


def _unused(suppression: Suppression) -> str:
    if suppression.rule not in rule_sections():
        return f"{suppression.origin}: it suppresses {suppression.rule}, and there is no such rule"
    place = f" at {suppression.scope}" if suppression.scope else ""
    return f"{suppression.origin}: the suppression of {suppression.rule}{place} suppresses nothing"


def format_location(finding: Finding) -> str:
    """Return what a finding is about, and everything that is known of where that was written."""
    said = finding.where.split()
    known = ", ".join(part for part in _parts(finding.origin) if part not in said)
    return f"{finding.where} ({known})" if known else finding.where


def _parts(origin: SourceLocation) -> Iterator[str]:
    if origin.construct_path:
        yield origin.construct_path
    if origin.logical_id:
        yield origin.logical_id
    if origin.file:
        yield f"{origin.file}:{origin.line}" if origin.line else origin.file
    if origin.arn:
        yield origin.arn
