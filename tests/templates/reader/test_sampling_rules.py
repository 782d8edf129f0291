"""X-Ray sampling rules of a template: values that X-Ray rejects are errors of lint."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streaming_construct.lint.linter import lint_path


@pytest.mark.parametrize(
    ("property_name", "value", "problem"),
    [
        ("FixedRate", 5, "the fixed rate is 5"),
        ("FixedRate", "0.05", ""),
        ("FixedRate", {"Ref": "Rate"}, ""),
        ("ReservoirSize", -1, "the reservoir is -1 requests a second"),
        ("Priority", 0, "the priority is 0"),
        ("Priority", 10_000, "the priority is 10000"),
        ("RuleName", "n" * 33, "has 33 characters"),
        ("RuleName", "n" * 32, ""),
    ],
)
def test_a_value_that_x_ray_rejects_is_reported(
    property_name: str, value: object, problem: str, tmp_path: Path
) -> None:
    """An unknown value is not checked."""
    sampling = {"FixedRate": 0, "ReservoirSize": 0, "Priority": 1, property_name: value}
    rule = {"Type": "AWS::XRay::SamplingRule", "Properties": {"SamplingRule": sampling}}
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Resources": {"Sampling": rule}}))

    findings = lint_path(file).findings

    assert [finding.rule.id for finding in findings] == (
        ["trace-sampling-invalid"] if problem else []
    )
    assert all(problem in finding.problem for finding in findings)
