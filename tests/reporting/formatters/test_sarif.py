"""The SARIF 2.1.0 format: valid by its schema, with what code scanning services show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import validate

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.reporting.formatters.sarif import format_sarif
from streaming_construct.reporting.report import Report
from streaming_construct.rules.checks.paths import PATH_INVALID
from streaming_construct.rules.registry import RULES
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.suppression import Suppression

_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
_RULE = {
    "type": "object",
    "required": ["id", "shortDescription", "help", "helpUri"],
    "properties": {
        "id": {"type": "string"},
        "shortDescription": _TEXT,
        "fullDescription": _TEXT,
        "help": _TEXT,
        "helpUri": {"type": "string", "pattern": "^https://"},
        "defaultConfiguration": {"properties": {"level": {"enum": ["note", "warning", "error"]}}},
    },
}
_PHYSICAL = {
    "required": ["artifactLocation"],
    "properties": {
        "artifactLocation": {"required": ["uri"], "properties": {"uri": {"pattern": "^[^ ]+$"}}},
        "region": {"properties": {"startLine": {"type": "integer", "minimum": 1}}},
    },
}
_RESULT = {
    "type": "object",
    "required": ["ruleId", "level", "message", "locations"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "message": _TEXT,
        "locations": {
            "type": "array",
            "minItems": 1,
            "items": {
                "properties": {
                    "physicalLocation": _PHYSICAL,
                    "logicalLocations": {"type": "array", "items": {"required": ["name"]}},
                }
            },
        },
        "suppressions": {"items": {"properties": {"kind": {"enum": ["inSource", "external"]}}}},
    },
}
ESSENTIALS = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name", "version", "rules"],
                                "properties": {"rules": {"type": "array", "items": _RULE}},
                            }
                        },
                    },
                    "results": {"type": "array", "items": _RESULT},
                },
            },
        },
    },
}
"""What the schema of SARIF 2.1.0 says of the parts that are written here."""


def run_of(report: Report) -> dict[str, Any]:
    """Return the only run of a report's log, which is valid."""
    log = json.loads(format_sarif(report))
    validate(log, ESSENTIALS)
    (run,) = log["runs"]
    return dict(run)


def test_findings_are_results_that_name_their_rule(located: Finding, unlocated: Finding) -> None:
    """By id and by index. Each rule is described once, with its source page."""
    run = run_of(Report(findings=(located, unlocated, located)))
    rules = run["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == ["edge-idle-timeout", "timeout-out-of-range"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "error"]
    assert rules[0]["properties"]["tags"] == ["doctor", "lint", "synth", "timeout"]
    assert rules[0]["helpUri"].startswith("https://docs.aws.amazon.com/apigateway/")


def test_every_rule_can_be_described() -> None:
    """The order of the findings does not matter."""
    findings = tuple(rule.at(Subject("API"), "p") for rule in RULES)

    assert len(run_of(Report(findings=findings))["tool"]["driver"]["rules"]) == len(findings)


def test_a_file_is_a_relative_uri_with_its_line(located: Finding) -> None:
    """It is escaped. A file elsewhere has an absolute URI."""
    elsewhere = PATH_INVALID.at(
        Subject("API"), "p", location=SourceLocation(file=str(Path("/x/a b.yaml")))
    )
    first, second = run_of(Report(findings=(located, elsewhere)))["results"]

    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20template.yaml"},
        "region": {"startLine": 2},
    }
    assert second["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "file:///x/a%20b.yaml"}
    }


def test_suppressed_findings_have_their_reason(located: Finding) -> None:
    """Only SARIF has a field for it."""
    by = Suppression(
        rule=located.rule.id, reason="measured", origin=SourceLocation(file="pyproject.toml")
    )
    (result,) = run_of(Report(findings=(), suppressed=((located, by),)))["results"]

    assert result["suppressions"] == [{"kind": "external", "justification": "measured"}]
