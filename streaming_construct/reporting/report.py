"""`Report`: what a command found, and the exit status that says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from streaming_construct.knowledge.finding import Finding, Severity
from streaming_construct.knowledge.suppression import Suppression, sift
from streaming_construct.reporting.rule_page import rule_sections

UNREADABLE: Final = 2
"""The exit status where what was given cannot be read, so that nothing was judged."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found; `notes` are sentences beside it, which nobody has to act on."""

    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, Suppression], ...] = ()
    notes: tuple[str, ...] = ()


def new_report(
    findings: Iterable[Finding],
    suppressions: Sequence[Suppression] = (),
    notes: Iterable[str] = (),
) -> Report:
    """Return the report on `findings`, the suppressed ones apart, unused suppressions named."""
    sifted = sift(findings, suppressions)
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
    place = f" at {suppression.place}" if suppression.place else ""
    return f"{suppression.origin}: the suppression of {suppression.rule}{place} suppresses nothing"
