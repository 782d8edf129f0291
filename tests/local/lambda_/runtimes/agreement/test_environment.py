"""The list of facts about a local environment: those that equal AWS, those that differ, unknown
ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[5]
DOCUMENT = yaml.safe_load(Path(__file__).with_name("environment.yaml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = [{**DOCUMENT["defaults"], **case} for case in DOCUMENT["cases"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_has_a_test_or_a_reason(case: dict[str, Any]) -> None:
    """An equal fact names an existing test, others have a sentence. Each has a source."""
    assert case["state"] in ("same", "different", "unknown")
    assert case["source"].startswith("https://")
    assert case["claim"].endswith(".")
    if case["state"] == "same":
        file, _, test = case["shown_by"].partition("::")
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")
    else:
        assert case["reason"].endswith(".")


def test_each_case_has_a_unique_id() -> None:
    """No two cases count as one."""
    assert len({case["id"] for case in CASES}) == len(CASES)
