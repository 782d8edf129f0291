"""A report for a terminal: location, source excerpt, problem and fix of each finding."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from typing import Final

from rich.console import Console
from rich.text import Text

from streaming_construct.reporting.report import Report, format_location
from streaming_construct.rules.rule import Finding, Severity
from streaming_construct.terminal import escape_text

_STYLES: Final = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.INFO: "bold cyan",
}
_CONTEXT_LINES: Final = 1
_WIDTH: Final = 100
_INDENT: Final = "  "
# A file with longer lines is minified: an excerpt would show nothing useful.
_MINIFIED_CHARACTERS: Final = 2000


def format_text(report: Report, *, is_terminal: bool = False, width: int = _WIDTH) -> str:
    """Return a report as text.

    Args:
        report: The report.
        is_terminal: Whether to add ANSI styles. Default: plain text.
        width: The column at which text wraps, at most 100. Default: 100.
    """
    console = Console(
        file=StringIO(),
        force_terminal=is_terminal,
        color_system="standard" if is_terminal else None,
        width=min(width, _WIDTH),
        legacy_windows=False,
    )
    with console.capture() as capture:
        for finding in report.findings:
            source = report.sources.get(finding.location.file or "", "")
            for line in _format_finding(finding, source, console.width):
                # Paths stay in one line each, so that a terminal can link them.
                console.print(line, soft_wrap=True, highlight=False)
            console.print()
    return capture.get()


def format_summary(report: Report) -> str:
    """Return the number of findings by severity, in one line."""
    severities = Counter(finding.rule.severity for finding in report.findings)
    parts = [
        f"{count} {severity.value}{'s' if count > 1 and severity is not Severity.INFO else ''}"
        for severity in Severity
        if (count := severities[severity])
    ]
    if report.suppressed:
        parts.append(f"{len(report.suppressed)} suppressed")
    return ", ".join(parts) or "no findings"


def _format_finding(finding: Finding, source: str, width: int) -> Iterator[Text]:
    severity = finding.rule.severity
    yield Text.assemble(
        (severity.value, _STYLES[severity]),
        " ",
        (escape_text(format_location(finding)), "bold"),
        f" [{finding.rule.id}]",
    )
    yield from _format_excerpt(source, finding.location.line)
    yield from _wrap_text(f"{finding.problem}.", width)
    yield from _wrap_text(f"fix: {finding.fix}", width)


def _wrap_text(text: str, width: int) -> Iterator[Text]:
    # `textwrap` can leave long words whole, which `rich` folds: a path must stay in one line.
    for line in textwrap.wrap(
        escape_text(" ".join(text.split())),
        width,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    ):
        yield Text(line)


def _format_excerpt(source: str, marked: int | None) -> Iterator[Text]:
    """Yield a line of a file and its neighbors; nothing without the line or the text."""
    lines = source.splitlines()
    if marked is None or any(len(line) > _MINIFIED_CHARACTERS for line in lines):
        return
    first = max(1, marked - _CONTEXT_LINES)
    for number, line in enumerate(lines[first - 1 : marked + _CONTEXT_LINES], start=first):
        marker = ">" if number == marked else " "
        shown = line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
        printable = escape_text(shown.replace("\t", " "))
        style = "" if number == marked else "dim"
        yield Text(f"{_INDENT}{marker} {number:>5} | {printable}".rstrip(), style=style)
