"""A report as SARIF 2.1.0, which code scanning services read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.reporting.report import Report, format_location
from streaming_construct.rules.reference import render_rule_section
from streaming_construct.rules.rule import Finding, Rule, Severity
from streaming_construct.rules.suppression import Suppression

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_NAME: Final = "streaming-construct"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def format_sarif(report: Report) -> str:
    """Return a SARIF log with one run; a suppressed finding has its reason as justification."""
    results: list[tuple[Finding, Suppression | None]] = [
        *((finding, None) for finding in report.findings),
        *report.suppressed,
    ]
    rules = sorted({finding.rule for finding, _ in results}, key=lambda rule: rule.id)
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": _NAME,
                        "version": _read_version(),
                        "rules": [_serialize_rule(rule) for rule in rules],
                    }
                },
                "results": [_serialize_result(finding, match, rules) for finding, match in results],
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _read_version() -> str:
    try:
        return version(_NAME)
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


def _serialize_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.what} {rule.why}"},
        "help": {
            "text": f"{rule.what} {rule.why} {rule.fix}",
            "markdown": render_rule_section(rule),
        },
        "helpUri": rule.source_url,
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": sorted(rule.tags)},
    }


def _serialize_result(
    finding: Finding, match: Suppression | None, rules: Sequence[Rule]
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": rules.index(finding.rule),
        "level": _LEVELS[finding.rule.severity],
        "message": {"text": f"{format_location(finding)}: {finding.message}"},
        "locations": [_serialize_location(finding)],
    }
    if match is not None:
        kind = "inSource" if match.origin.file == finding.location.file else "external"
        result["suppressions"] = [{"kind": kind, "justification": match.reason}]
    return result


def _serialize_location(finding: Finding) -> dict[str, Any]:
    at = finding.location
    name = at.construct_path or at.logical_id or at.arn
    location: dict[str, Any] = {
        "logicalLocations": [
            {"name": str(finding.subject), **({"fullyQualifiedName": name} if name else {})}
        ]
    }
    if at.file:
        location["physicalLocation"] = _serialize_physical_location(at, at.file)
    return location


def _serialize_physical_location(location: SourceLocation, file: str) -> dict[str, Any]:
    path = Path(file)
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    region = {"region": {"startLine": location.line}} if location.line else {}
    return {"artifactLocation": {"uri": uri}, **region}
