"""A report as annotations of a GitHub workflow.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import Final

from streaming_construct.reporting.report import Report, format_location
from streaming_construct.rules.rule import Finding, Severity
from streaming_construct.terminal import escape_lines, escape_text

_COMMANDS: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "notice",
}


def format_github(report: Report) -> str:
    """Return one workflow command for each finding."""
    return "".join(f"{_format_command(finding)}\n" for finding in report.findings)


def _format_command(finding: Finding) -> str:
    location = finding.location
    properties: dict[str, object] = {}
    if location.file:
        properties["file"] = location.file
        if location.line:
            properties["line"] = location.line
    properties["title"] = finding.rule.id
    options = ",".join(
        f"{name}={_escape_property(escape_text(str(value)))}" for name, value in properties.items()
    )
    message = f"{format_location(finding)}: {finding.message}"
    return f"::{_COMMANDS[finding.rule.severity]} {options}::{_escape_data(escape_lines(message))}"


# https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
