"""The options that all reporting commands have."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import Any

import click
import pytest
from click.testing import CliRunner

from streaming_construct.reporting.options import OutputOptions, add_output_options, explain_option
from streaming_construct.reporting.report import Report
from streaming_construct.rules.registry import RULES
from streaming_construct.rules.rule import Finding, Severity


def command(report: Report) -> click.Command:
    """Return a command that prints `report`."""

    @click.command()
    @add_output_options
    @explain_option
    def print_report(*, fail_on: str, **how: Any) -> None:
        raise SystemExit(OutputOptions(fail_on=Severity(fail_on), **how).print_report(report))

    return print_report


def test_findings_go_to_standard_output_and_notes_to_standard_error(unlocated: Finding) -> None:
    """The output of `--format` can then be piped."""
    result = CliRunner().invoke(command(Report(findings=(unlocated,), notes=("a remark",))), [])

    assert result.exit_code == 0
    assert "[edge-idle-timeout]" in result.stdout
    assert result.stderr == "a remark\n1 warning\n"


def test_quiet_prints_only_findings(unlocated: Finding) -> None:
    """Standard error is empty."""
    result = CliRunner().invoke(
        command(Report(findings=(unlocated,), notes=("a remark",))), ["--quiet"]
    )

    assert "[edge-idle-timeout]" in result.stdout
    assert result.stderr == ""


def test_fail_on_warning_sets_exit_status_1(unlocated: Finding) -> None:
    """Makes the exit status 1."""
    result = CliRunner().invoke(command(Report(findings=(unlocated,))), ["--fail-on", "warning"])

    assert result.exit_code == 1


@pytest.mark.parametrize("name", ["json", "sarif"])
def test_standard_output_has_only_the_format(unlocated: Finding, name: str) -> None:
    """Notes do not change it."""
    result = CliRunner().invoke(
        command(Report(findings=(unlocated,), notes=("a remark",))), ["--format", name]
    )

    assert json.loads(result.stdout)


def test_explain_needs_no_other_argument() -> None:
    """It prints the section and exits."""
    result = CliRunner().invoke(command(Report(findings=())), ["--explain", "path-invalid"])

    assert result.exit_code == 0
    assert result.stdout.startswith("# path-invalid\n")


def test_list_rules_needs_no_other_argument() -> None:
    """It prints one line for each rule, with its severity."""
    result = CliRunner().invoke(command(Report(findings=())), ["--list-rules"])

    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == [rule.id for rule in RULES]
    assert "error    synth, lint: Invalid path" in result.stdout


def test_explain_of_an_unknown_rule_is_a_usage_error() -> None:
    """Exit status 2, one sentence."""
    result = CliRunner().invoke(command(Report(findings=())), ["--explain", "path-invald"])

    assert result.exit_code == 2
    assert "rule path-invald does not exist. Did you mean path-invalid" in result.stderr
    assert "--list-rules" in result.stderr


PROGRAM = """
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.paths import PATH_INVALID
from streaming_construct.reporting.options import OutputOptions
from streaming_construct.reporting.report import Report
finding = PATH_INVALID.at(Subject("route", "GET /a b"), "has a space")
OutputOptions(no_color={no_color}).print_report(Report(findings=(finding,)))
"""


def output_on_terminal(*, no_color: bool, environment: dict[str, str]) -> str:
    """Run the program above on a terminal; return its output."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        finished = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(no_color=no_color)],
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
            timeout=30,
            check=True,
        )
        os.close(theirs)
        assert finished.returncode == 0
        return terminal.read(4096).decode()


def test_only_a_terminal_gets_colors() -> None:
    """`--no-color` and NO_COLOR turn them off."""
    plain = {"NO_COLOR": ""}

    assert "\x1b[" in output_on_terminal(no_color=False, environment=plain)
    assert "\x1b[" not in output_on_terminal(no_color=True, environment=plain)
    assert "\x1b[" not in output_on_terminal(no_color=False, environment={"NO_COLOR": "1"})
