"""Buffered Python handlers: our runtime agrees with AWS's client, case by case."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.local.lambda_.runtimes.agreement.python_battery import (
    EXPECTED,
    PYTHON_VERSION,
    Case,
    Client,
    Outcome,
    read_cases,
    run_battery,
)

CASES = read_cases()

pytestmark = pytest.mark.agreement


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """The outcomes of our runtime."""
    return run_battery(Client("ours"), CASES, tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    """The outcomes that AWS's client had when it was recorded, and the version of Python."""
    record: dict[str, Any] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return record


def comparable(outcome: Outcome, recorded: dict[str, Any]) -> Outcome:
    """Without messages and logs where the record is of another Python, which words them anew."""
    if recorded["python"] == PYTHON_VERSION:
        return outcome
    error = outcome["error"] and outcome["error"][0]
    return {"content_type": outcome["content_type"], "error": error, "body": outcome["body"]}


def test_the_battery_is_large_enough() -> None:
    """At least 60 cases, each with an id of its own."""
    assert len({case.id for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_our_runtime_agrees_with_the_record(
    case: Case, ours: dict[str, Outcome], recorded: dict[str, Any]
) -> None:
    """A case that differs on purpose gives its reason, and still differs."""
    outcome = comparable(ours[case.id], recorded)
    expected = comparable(recorded["outcomes"][case.id], recorded)
    if case.differs:
        assert outcome != expected, f"{case.id} agrees now: remove `differs`"
    else:
        assert outcome == expected, case.claim


def test_aws_client_agrees_with_the_record(
    tmp_path: Path, recorded: dict[str, Any], ours: dict[str, Outcome]
) -> None:
    """`RECORD_AGREEMENT=1` writes the record anew from AWS's client."""
    pytest.importorskip("awslambdaric", reason="awslambdaric is not installed: it is for Linux")
    client = Client("awslambdaric", f"'{sys.executable}' -m awslambdaric")
    theirs = run_battery(client, CASES, tmp_path)
    if os.environ.get("RECORD_AGREEMENT"):
        recorded |= {"python": PYTHON_VERSION, "outcomes": theirs}
        text = json.dumps(recorded, indent=1, sort_keys=True)
        EXPECTED.write_text(f"{text}\n", encoding="utf-8")
    differing = [case.id for case in CASES if ours[case.id] != theirs[case.id]]
    agreeing = len(CASES) - len(differing)
    print(f"\nPython: {agreeing} of {len(CASES)} cases agree with awslambdaric {differing or ''}")
    for case in CASES:
        assert comparable(theirs[case.id], recorded) == comparable(
            recorded["outcomes"][case.id], recorded
        ), case.id
    assert differing == [case.id for case in CASES if case.differs]
