"""The list of what is the same in a local environment, what differs, and what is unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[5]
DOCUMENT = yaml.safe_load(Path(__file__).with_name("environment.yaml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = [{**DOCUMENT["defaults"], **case} for case in DOCUMENT["cases"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_has_its_proof_or_its_reason(case: dict[str, Any]) -> None:
    """A test that exists for what is the same, a sentence for what is not; a source for each."""
    assert case["state"] in ("same", "different", "unknown")
    assert case["source"].startswith("https://")
    assert case["claim"].endswith(".")
    if case["state"] == "same":
        file, _, test = case["shown_by"].partition("::")
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")
    else:
        assert case["reason"].endswith(".")


def test_each_case_has_an_id_of_its_own() -> None:
    """Two cases are never counted as one."""
    assert len({case["id"] for case in CASES}) == len(CASES)
