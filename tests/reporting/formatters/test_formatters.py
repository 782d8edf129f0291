"""One report in the formats for terminals, programs and GitHub."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.reporting.formatters.github import format_github
from streaming_construct.reporting.formatters.json import format_json
from streaming_construct.reporting.formatters.text import format_summary, format_text
from streaming_construct.reporting.report import Report
from streaming_construct.rules.checks.paths import PATH_INVALID
from streaming_construct.rules.rule import Finding
from tests.reporting.conftest import TEMPLATE


def a_finding(location: SourceLocation) -> Finding:
    return PATH_INVALID.at(Subject("route", "GET /a"), "m", fix="F.", location=location)


def test_the_text_format_has_location_excerpt_message_and_fix(located: Finding) -> None:
    """The line itself has a mark among its neighbors."""
    text = format_text(Report(findings=(located,), sources={"a template.yaml": TEMPLATE}))

    assert text == (
        "error route GET /chat (Chat/Api, Api, a template.yaml:2) [timeout-out-of-range]\n"
        "        1 | Resources:\n"
        "  >     2 |   Api:\n"
        "        3 |     Type: AWS::ApiGateway::RestApi\n"
        "  too long: 100%.\n"
        "  fix: Cut it.\n\n"
    )


@pytest.mark.parametrize("line", [None, 99])
def test_without_a_line_there_is_no_excerpt(line: int | None) -> None:
    """The location is printed without it."""
    finding = a_finding(SourceLocation(file="a template.yaml", line=line))
    report = Report(findings=(finding,), sources={"a template.yaml": TEMPLATE})

    assert "|" not in format_text(report)


def test_without_the_text_of_a_file_there_is_no_excerpt(located: Finding) -> None:
    """The message is printed without it."""
    assert "too long" in format_text(Report(findings=(located,)))
    assert "|" not in format_text(Report(findings=(located,)))


def test_escape_sequences_of_a_file_are_printed_as_text() -> None:
    """A terminal does not execute them."""
    finding = a_finding(SourceLocation(file="t.yaml", line=1))
    report = Report(findings=(finding,), sources={"t.yaml": "a: \x1b[2Jb\n"})

    assert "a: \\x1b[2Jb" in format_text(report)


def test_the_summary_counts_by_severity(located: Finding, unlocated: Finding) -> None:
    """Its words fit one and many."""
    assert format_summary(Report(findings=(located, located, unlocated))) == "2 errors, 1 warning"
    assert format_summary(Report(findings=())) == "no findings"


def test_the_json_format_is_a_list(located: Finding, unlocated: Finding) -> None:
    """Subject and location have parts."""
    first, second = json.loads(format_json(Report(findings=(located, unlocated))))

    assert first == {
        "rule": "timeout-out-of-range",
        "severity": "error",
        "subject": {"kind": "route", "name": "GET /chat"},
        "problem": "too long: 100%",
        "fix": "Cut it.",
        "location": {
            "construct_path": "Chat/Api",
            "logical_id": "Api",
            "file": "a template.yaml",
            "line": 2,
        },
    }
    assert (second["subject"], second["location"]) == ({"kind": "API", "name": ""}, {})
    assert json.loads(format_json(Report(findings=()))) == []


def test_the_github_format_has_one_escaped_command_a_line(
    located: Finding, unlocated: Finding
) -> None:
    """Percent signs and line ends in a message, colons and commas in a property."""
    finding = a_finding(SourceLocation(file="a,b:c.yaml"))

    assert format_github(Report(findings=(located, unlocated, finding))).splitlines() == [
        (
            "::error file=a template.yaml,line=2,title=timeout-out-of-range::"
            "route GET /chat (Chat/Api, Api, a template.yaml:2): too long: 100%25. Cut it."
        ),
        "::warning title=edge-idle-timeout::the API: cuts%0Astreams. Send heartbeats.",
        "::error file=a%2Cb%3Ac.yaml,title=path-invalid::route GET /a (a,b:c.yaml): m. F.",
    ]


def test_a_terminal_gets_styles_and_long_paths_do_not_wrap(tmp_path: Path) -> None:
    """A terminal makes a path in one line a link."""
    file = tmp_path / ("long-" * 30 + "name.yaml")
    finding = a_finding(SourceLocation(file=str(file)))

    assert "\x1b[1;31merror\x1b[0m" in format_text(Report(findings=(finding,)), is_terminal=True)
    assert str(file) in format_text(Report(findings=(finding,)), is_terminal=True, width=40)


def test_long_problems_wrap() -> None:
    """Lines have an indent, and no spaces at their end."""
    finding = PATH_INVALID.at(Subject("API"), "word " * 50 + "end", fix="F.")

    lines = format_text(Report(findings=(finding,)), width=60).splitlines()

    assert max(map(len, lines)) <= 60
    assert all(line == line.rstrip() for line in lines)
    assert sum("word" in line for line in lines) == 5
