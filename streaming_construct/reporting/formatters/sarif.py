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
from streaming_construct.reporting.explain import rule_sections
from streaming_construct.reporting.report import Report, format_location
from streaming_construct.rules.finding import Finding
from streaming_construct.rules.suppression import Suppression

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_NAME: Final = "streaming-construct"


def sarif(report: Report) -> str:
    """Return a SARIF log with one run; what is suppressed is in it, marked so with its reason."""
    found: list[tuple[Finding, Suppression | None]] = [
        *((finding, None) for finding in report.findings),
        *report.suppressed,
    ]
    rules = sorted({finding.id for finding, _ in found})
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": _NAME,
                        "version": _version(),
                        "rules": [_rule(rule) for rule in rules],
                    }
                },
                "results": [_result(finding, by, rules) for finding, by in found],
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _version() -> str:
    try:
        return version(_NAME)
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


def _rule(rule: str) -> dict[str, Any]:
    section = rule_sections()[rule]
    return {
        "id": rule,
        "shortDescription": {"text": section.summary},
        "fullDescription": {"text": section.prose},
        "help": {"text": section.prose, "markdown": section.text},
        "helpUri": section.source,
        "defaultConfiguration": {"level": section.severity.value},
    }


def _result(finding: Finding, by: Suppression | None, rules: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": rules.index(finding.id),
        "level": finding.severity.value,
        "message": {"text": f"{format_location(finding)}: {finding.message}; {finding.fix}"},
        "locations": [_location(finding)],
    }
    if by is not None:
        kind = "inSource" if by.origin.file == finding.origin.file else "external"
        result["suppressions"] = [{"kind": kind, "justification": by.reason}]
    return result


def _location(finding: Finding) -> dict[str, Any]:
    origin = finding.origin
    name = origin.construct_path or origin.logical_id or origin.arn
    location: dict[str, Any] = {
        "logicalLocations": [
            {"name": finding.where, **({"fullyQualifiedName": name} if name else {})}
        ]
    }
    if origin.file:
        location["physicalLocation"] = _physical(origin, origin.file)
    return location


def _physical(origin: SourceLocation, file: str) -> dict[str, Any]:
    path = Path(file)
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    region = {"region": {"startLine": origin.line}} if origin.line else {}
    return {"artifactLocation": {"uri": uri}, **region}
