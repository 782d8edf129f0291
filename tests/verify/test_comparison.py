"""The comparison of the local gateway with AWS drops no fact that only one of them has."""

from __future__ import annotations

from collections.abc import Mapping

from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.case import Facts, Knowledge
from streaming_construct.verify.comparison import (
    Agreement,
    FactComparison,
    compare_reports,
    format_comparison_lines,
)
from streaming_construct.verify.report import CaseResult, Outcome, VerifyReport
from streaming_construct.verify.target import TargetKind

DOCUMENTED = next(case for case in CASES if case.knowledge is Knowledge.DOCUMENTED)
UNKNOWN = next(case for case in CASES if case.knowledge is Knowledge.UNKNOWN)


def report(kind: TargetKind, observed: Mapping[str, Facts]) -> VerifyReport:
    return VerifyReport(
        kind=kind,
        region="eu-west-1",
        date="2026-11-30T05:00:00Z",
        versions={},
        results=tuple(
            CaseResult(id=case_id, outcome=Outcome.SAME, observed=facts)
            for case_id, facts in observed.items()
        ),
    )


def local(observed: Mapping[str, Facts]) -> VerifyReport:
    return report(TargetKind.LOCAL, observed)


def aws(observed: Mapping[str, Facts]) -> VerifyReport:
    return report(TargetKind.AWS, observed)


def test_a_difference_names_both_values_and_the_page() -> None:
    (comparison,) = compare_reports(
        local({DOCUMENTED.id: {"status": 502, "body": ""}}),
        aws({DOCUMENTED.id: {"status": 500, "body": ""}}),
        CASES,
    )

    assert comparison.agreement is Agreement.DIFFERENT
    assert comparison.facts == (FactComparison("status", 502, 500),)
    lines = format_comparison_lines([comparison])
    assert f"different: {DOCUMENTED.id} ({DOCUMENTED.page})" in lines
    assert "  status: locally 502, on AWS 500" in lines
    assert f"  Change docs/{DOCUMENTED.page.partition('#')[0]} and the local gateway." in lines


def test_an_unknown_claim_is_settled() -> None:
    facts: Facts = {"status": 200}
    (comparison,) = compare_reports(local({UNKNOWN.id: facts}), aws({UNKNOWN.id: facts}), CASES)

    assert comparison.agreement is Agreement.SAME
    assert comparison.is_settled
    assert format_comparison_lines([comparison]) == [
        f"settled: {UNKNOWN.id} ({UNKNOWN.page}): AWS behaves as described.",
        "1 cases: 1 same, 0 different, 0 not compared; 1 claims are settled",
    ]


def test_a_fact_of_only_one_report_is_a_difference() -> None:
    (comparison,) = compare_reports(
        local({DOCUMENTED.id: {"status": 200}}),
        aws({DOCUMENTED.id: {"status": 200, "trailer": "x"}}),
        CASES,
    )

    assert comparison.facts == (FactComparison("trailer", None, "x"),)


def test_a_case_of_only_one_report_is_listed() -> None:
    comparisons = compare_reports(local({}), aws({"a-case-of-tomorrow": {"status": 200}}), CASES)

    assert [comparison.id for comparison in comparisons] == ["a-case-of-tomorrow"]
    assert comparisons[0].agreement is Agreement.NOT_COMPARED
    assert comparisons[0].reason == "The case is not in the report of the run locally."


def test_a_case_that_did_not_run_has_its_reason() -> None:
    missing = VerifyReport(
        kind=TargetKind.AWS,
        region="eu-west-1",
        date="",
        versions={},
        results=(
            CaseResult(id=DOCUMENTED.id, outcome=Outcome.NOT_RUN, reason="no JWT authorizer"),
        ),
    )
    (comparison,) = compare_reports(local({DOCUMENTED.id: {"status": 200}}), missing, CASES)

    assert comparison.reason == "The case was not run on AWS: no JWT authorizer"
