"""A report survives its file, and another file is one clear error."""

from __future__ import annotations

import pytest

from streaming_construct.verify.report import (
    CaseResult,
    Difference,
    Outcome,
    ReportError,
    VerifyReport,
    parse_report,
)
from streaming_construct.verify.target import TargetKind


def test_a_report_is_read_as_it_was_written() -> None:
    """Facts of every type, and a case that was not run."""
    report = VerifyReport(
        kind=TargetKind.AWS,
        region="eu-west-1",
        date="2026-11-30T05:00:00Z",
        versions={"aws-cdk-lib": "2.275.0"},
        results=(
            CaseResult(
                id="a",
                outcome=Outcome.DIFFERENT,
                observed={"status": 500, "header.x": ["é", None], "is_complete": False},
                differences=(Difference("status", 200, 500),),
                seconds=1.5,
            ),
            CaseResult(id="b", outcome=Outcome.NOT_RUN, reason="no token"),
        ),
    )

    assert parse_report(report.to_json()) == report
    assert report.result("b") == report.results[1]
    assert report.result("c") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a report"),
        ("[]", "not a report"),
        ("{}", "not a report"),
        ('{"format": 2}', "format 2"),
        ('{"format": 1, "target": "moon"}', "not a report"),
    ],
)
def test_another_file_is_an_error(text: str, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        parse_report(text)
