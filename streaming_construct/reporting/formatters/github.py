"""A report as annotations of a GitHub workflow.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from streaming_construct.reporting.report import Report, format_location
from streaming_construct.rules.finding import Finding


def github(report: Report) -> str:
    """Return one workflow command a finding."""
    return "".join(f"{_command(finding)}\n" for finding in report.findings)


def _command(finding: Finding) -> str:
    origin = finding.origin
    properties: dict[str, object] = {}
    if origin.file:
        properties["file"] = origin.file
        if origin.line:
            properties["line"] = origin.line
    properties["title"] = finding.id
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = f"{format_location(finding)}: {finding.message}; {finding.fix}"
    return f"::{finding.severity.value} {written}::{_data(message)}"


# https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
