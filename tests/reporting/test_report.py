"""The exit status of a report, and suppressions."""

from __future__ import annotations

import pytest

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.reporting.report import build_report, compute_exit_code
from streaming_construct.rules.rule import Finding, Severity
from streaming_construct.rules.suppression import Suppression


def test_errors_fail_and_warnings_fail_with_the_option(
    located: Finding, unlocated: Finding
) -> None:
    """A report without findings never fails."""
    assert compute_exit_code([located]) == 1
    assert compute_exit_code([unlocated]) == 0
    assert compute_exit_code([unlocated], Severity.WARNING) == 1
    assert compute_exit_code([located], Severity.WARNING) == 1
    assert compute_exit_code([], Severity.WARNING) == 0


@pytest.mark.parametrize(
    "place", [None, "route GET /chat", "Chat/Api", "Chat/*", "Api", "a template.yaml"]
)
def test_a_suppression_applies_to_its_rule_at_its_location(
    located: Finding, unlocated: Finding, place: str | None
) -> None:
    """The location may have several names."""
    by = Suppression(rule=located.rule.id, reason="measured", scope=place)
    report = build_report([located, unlocated], [by])

    assert report.findings == (unlocated,)
    assert report.suppressed == ((located, by),)
    assert report.notes == ()


def test_an_unused_suppression_is_reported(located: Finding) -> None:
    """The report has its location: it may be outdated or misspelled."""
    report = build_report(
        [located],
        [
            Suppression(
                rule=located.rule.id,
                reason="r",
                scope="Other/*",
                origin=SourceLocation(file="p.toml"),
            ),
            Suppression(rule="edge-idle-timeout", reason="r", origin=SourceLocation(file="p.toml")),
            Suppression(rule="edge-idle", reason="r", origin=SourceLocation(file="p.toml")),
        ],
    )

    assert report.findings == (located,)
    assert report.notes == (
        "p.toml: the suppression of timeout-out-of-range at Other/* suppresses nothing",
        "p.toml: the suppression of edge-idle-timeout suppresses nothing",
        "p.toml: suppresses edge-idle, but there is no such rule",
    )


@pytest.mark.parametrize("reason", [None, ""])
def test_a_suppression_without_a_reason_is_a_finding(located: Finding, reason: str | None) -> None:
    """It suppresses nothing. The finding has its location."""
    report = build_report(
        [located],
        [Suppression(rule=located.rule.id, reason=reason, origin=SourceLocation(file="p.toml"))],
    )

    assert [finding.rule.id for finding in report.findings] == [
        located.rule.id,
        "suppression-without-reason",
    ]
    assert report.findings[1].location == SourceLocation(file="p.toml")
    assert report.suppressed == ()
