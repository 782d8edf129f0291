"""A report for somebody at a terminal: place, lines of the source, what is wrong, what to do."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import click

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.reporting.report import Report, format_location
from streaming_construct.rules.finding import Finding, Severity

_COLORS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow"}
_LINES_AROUND: Final = 1
_WIDTH: Final = 100
# Nobody has such lines before their eyes.
_MINIFIED: Final = 2000


def format_text(report: Report) -> str:
    """Return a report for reading; it is styled, and `click.echo` takes that out again."""
    return "".join(f"{_finding(finding)}\n\n" for finding in report.findings)


def summary(report: Report) -> str:
    """Return how much was found, in one line."""
    severities = Counter(finding.severity for finding in report.findings)
    parts = [
        f"{count} {severity.value}{'s' if count > 1 else ''}"
        for severity in Severity
        if (count := severities[severity])
    ]
    if report.suppressed:
        parts.append(f"{len(report.suppressed)} suppressed")
    return ", ".join(parts) or "nothing found"


def _finding(finding: Finding) -> str:
    label = click.style(finding.severity.value, fg=_COLORS[finding.severity], bold=True)
    lines = [
        f"{label} {click.style(format_location(finding), bold=True)} [{finding.id}]",
        *_source_snippet(finding.origin),
        *_wrapped(finding.message),
        *_wrapped(f"fix: {finding.fix}"),
    ]
    return "\n".join(lines)


def _wrapped(text: str) -> Iterable[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _source_snippet(origin: SourceLocation) -> Iterator[str]:
    """Yield the line that an origin names and its neighbours; nothing where it cannot be read."""
    if origin.file is None or origin.line is None:
        return
    try:
        lines = Path(origin.file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):
        return
    if any(len(line) > _MINIFIED for line in lines):
        return
    first = max(1, origin.line - _LINES_AROUND)
    for number, line in enumerate(lines[first - 1 : origin.line + _LINES_AROUND], start=first):
        mark = ">" if number == origin.line else " "
        shown = "".join(each if each.isprintable() else " " for each in line[:_WIDTH])
        yield click.style(f"  {mark} {number:>5} | {shown}".rstrip(), dim=number != origin.line)
