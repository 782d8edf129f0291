"""Suppressions: decisions to keep findings, each with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

SUPPRESSION_WITHOUT_REASON: Final = Rule(
    id="suppression-without-reason",
    severity=Severity.WARNING,
    title="Suppression without a reason",
    what="A suppression names a rule but gives no reason.",
    why="A later reader cannot check whether the suppression still applies. It suppresses nothing.",
    fix="Add a reason, or remove the suppression.",
    source_url="https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html",
    tags=frozenset({"suppression", "lint", "doctor"}),
)

CDK_WARNING_METADATA_TYPE: Final = "streaming-construct/warned"
"""The metadata type in a cloud assembly that records a warning: its rule and its subject."""


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """The decision to keep the findings of a rule, with its reason.

    Attributes:
        rule: The id of the rule.
        reason: Why the findings are kept. A suppression without a reason suppresses nothing.
        scope: A construct path, a logical id, a file, an ARN or a printed subject, with `*` for
            any part of it. Default: everywhere.
        subject: The only subject whose findings are kept. Default: any.
        origin: Where the suppression is written.
        is_inherited: Whether something else implies it. It is then not reported if it is unused.
    """

    rule: str
    reason: str | None
    scope: str | None = None
    subject: Subject | None = None
    origin: SourceLocation = UNKNOWN_LOCATION
    is_inherited: bool = False

    def is_matching(self, finding: Finding) -> bool:
        """Return whether it applies to `finding`; one without a reason applies to none."""
        if not self.reason or self.rule != finding.rule.id:
            return False
        if self.subject is not None and self.subject != finding.subject:
            return False
        at = finding.location
        scopes = (str(finding.subject), at.construct_path, at.logical_id, at.file, at.arn)
        return self.scope is None or any(
            scope is not None and fnmatchcase(scope, self.scope) for scope in scopes
        )


@dataclass(frozen=True, kw_only=True)
class SuppressionResult:
    """The findings to act on, the suppressed findings, and the unused suppressions."""

    findings: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, Suppression], ...]
    unused: tuple[Suppression, ...]


def apply_suppressions(
    findings: Iterable[Finding], suppressions: Sequence[Suppression]
) -> SuppressionResult:
    """Separate the findings that `suppressions` cover; one without a reason is a finding too."""
    remaining: list[Finding] = []
    suppressed: list[tuple[Finding, Suppression]] = []
    for finding in findings:
        match = next(
            (candidate for candidate in suppressions if candidate.is_matching(finding)), None
        )
        if match is None:
            remaining.append(finding)
        else:
            suppressed.append((finding, match))
    used = [suppression for _, suppression in suppressed]
    return SuppressionResult(
        findings=(
            *remaining,
            *(
                _create_missing_reason_warning(candidate)
                for candidate in suppressions
                if not candidate.reason
            ),
        ),
        suppressed=tuple(suppressed),
        unused=tuple(
            candidate
            for candidate in suppressions
            if candidate.reason and not candidate.is_inherited and candidate not in used
        ),
    )


def _create_missing_reason_warning(suppression: Suppression) -> Finding:
    return SUPPRESSION_WITHOUT_REASON.at(
        Subject("suppression of", suppression.rule),
        "has no reason, so that it suppresses nothing",
        location=suppression.origin,
    )
