"""A report is read as it was written; another file is one error."""

from __future__ import annotations

import json

import pytest

from streaming_construct.verify.report import (
    CaseResult,
    Difference,
    Outcome,
    VerifyReport,
)
from streaming_construct.verify.report_parser import ReportError, parse_report
from streaming_construct.verify.target import TargetKind


def test_a_report_is_read_as_it_was_written() -> None:
    """It has facts of every type, and a case that did not run."""
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
    assert report.find_result("b") == report.results[1]
    assert report.find_result("c") is None


CASE = {
    "id": "a",
    "outcome": "same",
    "observed": {},
    "differences": [],
    "reason": "",
    "seconds": 1,
}
REPORT = {
    "format": 1,
    "target": "AWS",
    "region": "eu-west-1",
    "date": "2026-11-30T05:00:00Z",
    "versions": {},
    "cases": [CASE],
}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"target": "moon"}, 'target must be one of "AWS", "local gateway", not "moon"'),
        ({"target": None}, 'target must be one of "AWS", "local gateway", not null'),
        ({"region": 5}, "region must be text that is not empty, not 5"),
        ({"date": "yesterday"}, 'date must be an ISO 8601 time, not "yesterday"'),
        ({"date": 20261130}, "date must be an ISO 8601 time, not 20261130"),
        ({"versions": {"a": 1}}, 'versions must be an object of texts, not {"a": 1}'),
        ({"cases": {}}, "cases must be a list, not {}"),
        ({"cases": ["a"]}, 'cases[0] must be an object, not "a"'),
        ({"more": 1}, "more is not a member of format 1"),
        ({"cases": [CASE, CASE]}, "cases[1].id is that of cases[0]: 'a'"),
        ({"cases": [{**CASE, "id": []}]}, "cases[0].id must be text that is not empty, not []"),
        (
            {"cases": [{**CASE, "outcome": "good"}]},
            'cases[0].outcome must be one of "same", "different", "not run", not "good"',
        ),
        ({"cases": [{**CASE, "observed": []}]}, "cases[0].observed must be an object, not []"),
        ({"cases": [{**CASE, "seconds": True}]}, "cases[0].seconds must be a number of seconds"),
        ({"cases": [{**CASE, "seconds": float("nan")}]}, "not NaN"),
        ({"cases": [{**CASE, "reason": None}]}, "cases[0].reason must be text, not null"),
        (
            {"cases": [{**CASE, "differences": [{"fact": "status", "observed": 1}]}]},
            "cases[0].differences[0].expected is missing",
        ),
        (
            {"cases": [{**CASE, "differences": ["status"]}]},
            'cases[0].differences[0] must be an object, not "status"',
        ),
    ],
)
def test_a_member_of_another_type_is_named(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ReportError) as raised:
        parse_report(json.dumps({**REPORT, **changes}))

    assert problem in str(raised.value)
    assert str(raised.value).count("\n- ") == 1


def test_all_problems_are_reported_at_once() -> None:
    """The error lists the problems of all cases, up to a number that fits a terminal."""
    broken = {"id": 1, "outcome": None}
    with pytest.raises(ReportError) as raised:
        parse_report(json.dumps({**REPORT, "cases": [broken] * 5}))

    lines = str(raised.value).splitlines()
    assert lines[:3] == [
        "The file is not a report of `verify`:",
        "- cases[0].id must be text that is not empty, not 1",
        '- cases[0].outcome must be one of "same", "different", "not run", not null',
    ]
    assert lines[-1] == "- and 10 more"
    with pytest.raises(ReportError, match=r"(?s)- target is missing.*- cases is missing"):
        parse_report("{}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", r"the file must be an object, not \[\]"),
        ('{"format": 2}', "format 2; this version reads format 1"),
    ],
)
def test_another_file_is_an_error(text: str, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        parse_report(text)
