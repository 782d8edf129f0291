"""Suppressions: findings that somebody has weighed and keeps, each with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.rules.finding import Finding, warning

CDK_WARNING_METADATA_TYPE: Final = "streaming-construct/warned"
"""The type of an entry of a CDK assembly's metadata: a construct warned of this rule, there."""


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """That the findings of a rule are kept at a place, and why.

    `place` is a construct path, a logical id, a file, an ARN or a finding's `where`, with `*` for
    any part of it; None is everywhere. `origin` is where the suppression itself was written. One
    that is `implied` by something else is not missed where it suppresses nothing.
    """

    rule: str
    reason: str | None
    scope: str | None = None
    origin: SourceLocation = UNKNOWN_LOCATION
    is_inherited: bool = False

    def matches(self, finding: Finding) -> bool:
        """Say whether it is about this finding; one without a reason is about none."""
        if not self.reason or self.rule != finding.id:
            return False
        at = finding.origin
        places = (finding.where, at.construct_path, at.logical_id, at.file, at.arn)
        return self.scope is None or any(
            place is not None and fnmatchcase(place, self.scope) for place in places
        )


@dataclass(frozen=True, kw_only=True)
class SuppressionResult:
    """Findings apart: those to act on, those that are kept, and suppressions that kept nothing."""

    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, Suppression], ...]
    unused: tuple[Suppression, ...]


def apply_suppressions(
    findings: Iterable[Finding], suppressions: Sequence[Suppression]
) -> SuppressionResult:
    """Set the findings apart that `suppressions` cover; one without a reason is a finding too."""
    kept: list[Finding] = []
    suppressed: list[tuple[Finding, Suppression]] = []
    for finding in findings:
        by = next((each for each in suppressions if each.matches(finding)), None)
        if by is None:
            kept.append(finding)
        else:
            suppressed.append((finding, by))
    used = [by for _, by in suppressed]
    without = [each for each in suppressions if not each.reason]
    return SuppressionResult(
        findings=(*kept, *map(_without_reason, without)),
        suppressed=tuple(suppressed),
        unused=tuple(
            each
            for each in suppressions
            if each.reason and not each.is_inherited and each not in used
        ),
    )


def _without_reason(suppression: Suppression) -> Finding:
    return warning(
        "suppression-without-reason",
        f"the suppression of {suppression.rule}",
        "it gives no reason, so that nobody can tell later whether it still holds, "
        "and suppresses nothing",
        "add a reason, or leave it out",
        suppression.origin,
    )
