"""The exit status, and what suppressions do."""

from __future__ import annotations

import pytest

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.reporting.report import build_report, exit_code
from streaming_construct.rules.rule import Finding, Severity
from streaming_construct.rules.suppression import Suppression


def test_an_error_fails_and_a_warning_does_where_it_is_asked_to(
    placed: Finding, unplaced: Finding
) -> None:
    """Nothing found never fails."""
    assert exit_code([placed]) == 1
    assert exit_code([unplaced]) == 0
    assert exit_code([unplaced], Severity.WARNING) == 1
    assert exit_code([placed], Severity.WARNING) == 1
    assert exit_code([], Severity.WARNING) == 0


@pytest.mark.parametrize(
    "place", [None, "route GET /chat", "Chat/Api", "Chat/*", "Api", "a template.yaml"]
)
def test_a_suppression_keeps_findings_of_its_rule_at_its_place(
    placed: Finding, unplaced: Finding, place: str | None
) -> None:
    """By any name that the place has."""
    by = Suppression(rule=placed.rule.id, reason="measured", scope=place)
    report = build_report([placed, unplaced], [by])

    assert report.findings == (unplaced,)
    assert report.suppressed == ((placed, by),)
    assert report.notes == ()


def test_one_that_keeps_nothing_is_named(placed: Finding) -> None:
    """With where it stands: it may be left over, or misspelt."""
    report = build_report(
        [placed],
        [
            Suppression(
                rule=placed.rule.id,
                reason="r",
                scope="Other/*",
                origin=SourceLocation(file="p.toml"),
            ),
            Suppression(rule="edge-idle-timeout", reason="r", origin=SourceLocation(file="p.toml")),
            Suppression(rule="edge-idle", reason="r", origin=SourceLocation(file="p.toml")),
        ],
    )

    assert report.findings == (placed,)
    assert report.notes == (
        "p.toml: the suppression of timeout-out-of-range at Other/* suppresses nothing",
        "p.toml: the suppression of edge-idle-timeout suppresses nothing",
        "p.toml: suppresses edge-idle, but there is no such rule",
    )


@pytest.mark.parametrize("reason", [None, ""])
def test_one_without_a_reason_keeps_nothing_and_is_a_finding(
    placed: Finding, reason: str | None
) -> None:
    """At the place where it is written."""
    report = build_report(
        [placed],
        [Suppression(rule=placed.rule.id, reason=reason, origin=SourceLocation(file="p.toml"))],
    )

    assert [finding.rule.id for finding in report.findings] == [
        placed.rule.id,
        "suppression-without-reason",
    ]
    assert report.findings[1].location == SourceLocation(file="p.toml")
    assert report.suppressed == ()
