"""A report for programs: a JSON list of findings."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from streaming_construct.reporting.report import Report, format_location
from streaming_construct.rules.finding import Finding


def format_json(report: Report) -> str:
    """Return the findings as a JSON list of objects.

    `origin` holds what `where` says in words, as far as it is known: `construct_path`,
    `logical_id`, `file`, `line`, `arn`.
    """
    return json.dumps([_finding(finding) for finding in report.findings], indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "where": format_location(finding),
        "message": finding.message,
        "fix": finding.fix,
        "origin": {
            name: value
            for name, value in asdict(finding.origin).items()
            if value and name != "json_pointer"
        },
    }
