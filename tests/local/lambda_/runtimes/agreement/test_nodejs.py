"""Node.js handlers: our runtime agrees with AWS's client, case by case."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.invocation import FunctionNotRunnableError
from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from tests.local.lambda_.runtimes.agreement.nodejs_battery import (
    EXPECTED,
    Case,
    Client,
    Outcome,
    read_cases,
    run_battery,
)
from tests.support.genuine_clients import node_clients

CASES = read_cases()
# Where ours differs on purpose, and why.
DIFFERENCES: dict[str, str] = {}

pytestmark = pytest.mark.agreement


@pytest.fixture(scope="module", autouse=True)
def _node() -> None:
    try:
        find_node()
    except FunctionNotRunnableError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def runtime_outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """The outcomes of our runtime."""
    return run_battery(Client("ours"), CASES, tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def recorded_outcomes() -> dict[str, Outcome]:
    """The recorded outcomes of AWS's client."""
    outcomes: dict[str, Outcome] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return outcomes


def test_there_are_enough_cases_with_unique_ids() -> None:
    """It has at least 80 cases with unique ids."""
    assert len({case.id for case in CASES}) == len(CASES) >= 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_our_runtime_agrees_with_the_record(
    case: Case, runtime_outcomes: dict[str, Outcome], recorded_outcomes: dict[str, Outcome]
) -> None:
    """Each difference is on the list, and each entry of the list still differs."""
    agrees = runtime_outcomes[case.id] == recorded_outcomes[case.id]
    if case.id in DIFFERENCES:
        assert not agrees, f"{case.id} agrees now: take it off the list"
        return
    assert runtime_outcomes[case.id] == recorded_outcomes[case.id], case.claim


def test_aws_client_agrees_with_the_record(
    tmp_path: Path, recorded_outcomes: dict[str, Outcome], runtime_outcomes: dict[str, Outcome]
) -> None:
    """`RECORD_AGREEMENT=1` records the outcomes of AWS's client again."""
    node = find_node()
    bootstraps = {runtime: f"'{node}' {client}" for runtime, client in node_clients().items()}
    theirs = run_battery(Client("aws-lambda-ric", bootstraps), CASES, tmp_path)
    if os.environ.get("RECORD_AGREEMENT"):
        EXPECTED.write_text(json.dumps(theirs, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        recorded_outcomes = theirs
    agreeing = sum(runtime_outcomes[case.id] == theirs[case.id] for case in CASES)
    print(f"\nNode.js: {agreeing} of {len(CASES)} cases agree with aws-lambda-ric")
    assert theirs == recorded_outcomes
