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
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """The outcomes of our runtime."""
    return run_battery(Client("ours"), CASES, tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def recorded() -> dict[str, Outcome]:
    """The outcomes that AWS's client had when it was recorded."""
    outcomes: dict[str, Outcome] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return outcomes


def test_the_battery_is_large_enough() -> None:
    """At least 80 cases, each with an id of its own."""
    assert len({case.id for case in CASES}) == len(CASES) >= 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_our_runtime_agrees_with_the_record(
    case: Case, ours: dict[str, Outcome], recorded: dict[str, Outcome]
) -> None:
    """Each difference is on the list, and each entry of the list still differs."""
    agrees = ours[case.id] == recorded[case.id]
    if case.id in DIFFERENCES:
        assert not agrees, f"{case.id} agrees now: take it off the list"
        return
    assert ours[case.id] == recorded[case.id], case.claim


def test_aws_client_agrees_with_the_record(
    tmp_path: Path, recorded: dict[str, Outcome], ours: dict[str, Outcome]
) -> None:
    """`RECORD_AGREEMENT=1` writes the record anew from AWS's client."""
    node = find_node()
    bootstraps = {runtime: f"'{node}' {client}" for runtime, client in node_clients().items()}
    theirs = run_battery(Client("aws-lambda-ric", bootstraps), CASES, tmp_path)
    if os.environ.get("RECORD_AGREEMENT"):
        EXPECTED.write_text(json.dumps(theirs, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        recorded = theirs
    agreeing = sum(ours[case.id] == theirs[case.id] for case in CASES)
    print(f"\nNode.js: {agreeing} of {len(CASES)} cases agree with aws-lambda-ric")
    assert theirs == recorded
