"""A report for programs: a JSON array of findings."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from streaming_construct.reporting.report import Report
from streaming_construct.rules.rule import Finding


def format_json(report: Report) -> str:
    """Return the findings as a JSON array of objects.

    `location` has those of `construct_path`, `logical_id`, `file`, `line` and `arn` that are known.
    """
    return json.dumps([_serialize_finding(finding) for finding in report.findings], indent=2) + "\n"


def _serialize_finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.id,
        "severity": finding.rule.severity.value,
        "subject": asdict(finding.subject),
        "problem": finding.problem,
        "fix": finding.fix,
        "location": {
            name: value
            for name, value in asdict(finding.location).items()
            if value and name != "json_pointer"
        },
    }
