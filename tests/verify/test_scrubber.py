"""The scrubber removes everything from a report that identifies an account or a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.verify.report import (
    CaseResult,
    Difference,
    Outcome,
    VerifyReport,
)
from streaming_construct.verify.report_parser import parse_report
from streaming_construct.verify.scrubber import find_identifiers, scrub, scrub_text
from streaming_construct.verify.target import TargetKind

REPORTS = Path(__file__).parent / "reports"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        (
            "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "arn:aws:lambda:eu-west-1:{account}:function:f",
        ),
        ("arn:aws:iam::111122223333:user/jane.doe", "arn:aws:iam::{account}:user/{principal}"),
        (
            "arn:aws:sts::111122223333:assumed-role/Admin/jane@x",
            "arn:aws:sts::{account}:assumed-role/{principal}",
        ),
        (
            "arn:aws:execute-api:eu-west-1:111122223333:abcde12345/prod/GET/x",
            "arn:aws:execute-api:eu-west-1:{account}:{api_id}/prod/GET/x",
        ),
        (
            "https://abcde12345.execute-api.eu-west-1.amazonaws.com/prod",
            "https://{api_id}.execute-api.eu-west-1.amazonaws.com/prod",
        ),
        ("the user pool eu-west-1_Ab3dEf6hI", "the user pool {user_pool}"),
        (f"Authorization: Bearer {JWT}", "Authorization: Bearer {token}"),
        (JWT, "{token}"),
        ("AKIAIOSFODNN7EXAMPLE", "{access_key}"),
        ("Signature=" + "0123456789abcdef" * 4, "Signature={signature}"),
        ("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700", "Root={trace_id}"),
        ("c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "{uuid}"),
        ("from 203.0.113.9", "from {ip}"),
        ("from 2001:db8::1a2b:3c4d", "from {ip}"),
        ("jane.doe@example.com", "{email}"),
        ("x-amz-security-token=IQoJb3JpZ2luX2Vj&a=1", "x-amz-security-token={session_token}&a=1"),
    ],
)
def test_each_kind_of_identifier_becomes_a_placeholder(text: str, scrubbed: str) -> None:
    assert scrub_text(text) == scrubbed
    assert find_identifiers(text)
    assert find_identifiers(scrubbed) == []


@pytest.mark.parametrize(
    "text",
    [
        "Missing Authentication Token",
        "30/Nov/2026:05:53:10 +0000",
        "1796017990693",
        "127.0.0.1",
        "boto3 1.43.106, Node.js 24.19.0",
        "2026-11-30T05:53:10Z",
        "application/json; charset=utf-8",
        "x" * 2_048,
        "/items/{id}/parts/{part}",
        "12:30:45",
    ],
)
def test_texts_without_identifiers_are_unchanged(text: str) -> None:
    assert scrub_text(text) == text
    assert find_identifiers(text) == []


def test_a_text_that_looks_random_is_reported() -> None:
    """No rule removes it: a person must check it before the report is stored."""
    secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY4"
    assert find_identifiers(f"the value is {secret}.") == [secret]


def test_all_texts_of_a_report_are_scrubbed() -> None:
    account = "111122223333"
    report = VerifyReport(
        kind=TargetKind.AWS,
        region="eu-west-1",
        date="2026-11-30T05:00:00Z",
        versions={"Python": "3.11.7"},
        results=(
            CaseResult(
                id="a",
                outcome=Outcome.DIFFERENT,
                observed={"event:/x": {account: [account, None, 7]}, "status": 500},
                differences=(Difference("event:/x", "y", account),),
                reason=f"The account {account} has no role.",
            ),
        ),
    )

    scrubbed = scrub(report)

    assert account not in scrubbed.to_json()
    assert scrubbed.results[0].observed["event:/x"] == {"{account}": ["{account}", None, 7]}
    assert scrub(scrubbed) == scrubbed


@given(st.text(max_size=80))
def test_a_scrubbed_text_stays_as_it_is(text: str) -> None:
    assert scrub_text(scrub_text(text)) == scrub_text(text)


def test_stored_reports_identify_no_account_and_no_person() -> None:
    """Users sent these reports. There may be none."""
    for file in sorted(REPORTS.glob("*.json")):
        text = file.read_text(encoding="utf-8")
        assert find_identifiers(text) == [], file.name
        assert parse_report(text).results, file.name
