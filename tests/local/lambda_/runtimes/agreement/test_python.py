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
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """The outcomes of our runtime."""
    return run_battery(Client("ours"), CASES, tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def recorded_outcomes() -> dict[str, Any]:
    """The recorded outcomes of AWS's client, and the version of Python."""
    record: dict[str, Any] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return record


def comparable(outcome: Outcome, recorded_outcomes: dict[str, Any]) -> Outcome:
    """Return outcomes without messages and logs if the record is of another Python version."""
    if recorded_outcomes["python"] == PYTHON_VERSION:
        return outcome
    error = outcome["error"] and outcome["error"][0]
    return {"content_type": outcome["content_type"], "error": error, "body": outcome["body"]}


def test_there_are_enough_cases_with_unique_ids() -> None:
    """It has at least 60 cases with unique ids."""
    assert len({case.id for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_our_runtime_agrees_with_the_record(
    case: Case, outcomes: dict[str, Outcome], recorded_outcomes: dict[str, Any]
) -> None:
    """A case that differs on purpose has its reason, and still differs."""
    outcome = comparable(outcomes[case.id], recorded_outcomes)
    expected = comparable(recorded_outcomes["outcomes"][case.id], recorded_outcomes)
    if case.differs:
        assert outcome != expected, f"{case.id} agrees now: remove `differs`"
    else:
        assert outcome == expected, case.claim


def test_aws_client_agrees_with_the_record(
    tmp_path: Path, recorded_outcomes: dict[str, Any], outcomes: dict[str, Outcome]
) -> None:
    """`RECORD_AGREEMENT=1` records the outcomes of AWS's client again."""
    pytest.importorskip("awslambdaric", reason="awslambdaric is not installed: it is for Linux")
    client = Client("awslambdaric", f"'{sys.executable}' -m awslambdaric")
    theirs = run_battery(client, CASES, tmp_path)
    if os.environ.get("RECORD_AGREEMENT"):
        recorded_outcomes |= {"python": PYTHON_VERSION, "outcomes": theirs}
        text = json.dumps(recorded_outcomes, indent=1, sort_keys=True)
        EXPECTED.write_text(f"{text}\n", encoding="utf-8")
    differing = [case.id for case in CASES if outcomes[case.id] != theirs[case.id]]
    agreeing = len(CASES) - len(differing)
    print(f"\nPython: {agreeing} of {len(CASES)} cases agree with awslambdaric {differing or ''}")
    for case in CASES:
        assert comparable(theirs[case.id], recorded_outcomes) == comparable(
            recorded_outcomes["outcomes"][case.id], recorded_outcomes
        ), case.id
    assert differing == [case.id for case in CASES if case.differs]
