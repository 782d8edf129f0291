"""The page of a report names each claim, and escapes text of the target."""

from __future__ import annotations

from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.case import Knowledge
from streaming_construct.verify.page import render_page
from streaming_construct.verify.report import CaseResult, Difference, Outcome, VerifyReport
from streaming_construct.verify.target import TargetKind

UNKNOWN = next(case for case in CASES if case.knowledge is Knowledge.UNKNOWN)


def test_a_page_has_each_case_and_escapes_its_values() -> None:
    hostile = "<script>alert(1)</script>"
    report = VerifyReport(
        kind=TargetKind.LOCAL,
        region="us-east-1",
        date="2026-11-30T05:00:00Z",
        versions={"Python": "3.11.7"},
        results=(
            CaseResult(
                id=UNKNOWN.id,
                outcome=Outcome.DIFFERENT,
                observed={"body": hostile},
                differences=(Difference("body", "text", hostile),),
            ),
            CaseResult(id="case-of-tomorrow", outcome=Outcome.NOT_RUN, reason=hostile),
        ),
    )

    page = render_page(report, CASES)

    assert hostile not in page
    assert page.count("&lt;script&gt;") == 2
    assert "Not known on AWS yet." in page
    assert UNKNOWN.page in page
    assert page.index("case-of-tomorrow") > page.index("cases of another version")
    assert "2026-11-30T05:00:00Z, us-east-1, Python 3.11.7" in page
