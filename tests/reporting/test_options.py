"""The options that reporting commands share, as a user gives them."""

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
    """Return a command that tells `report`."""

    @click.command()
    @add_output_options
    @explain_option
    def tell(*, fail_on: str, **how: Any) -> None:
        raise SystemExit(OutputOptions(fail_on=Severity(fail_on), **how).print_report(report))

    return tell


def test_findings_go_to_standard_output_and_remarks_beside_them(unplaced: Finding) -> None:
    """So that what is written by `--format` can be piped."""
    result = CliRunner().invoke(command(Report(findings=(unplaced,), notes=("a remark",))), [])

    assert result.exit_code == 0
    assert "[edge-idle-timeout]" in result.stdout
    assert result.stderr == "a remark\n1 warning\n"


def test_quiet_leaves_findings(unplaced: Finding) -> None:
    """And nothing on standard error."""
    result = CliRunner().invoke(
        command(Report(findings=(unplaced,), notes=("a remark",))), ["--quiet"]
    )

    assert "[edge-idle-timeout]" in result.stdout
    assert result.stderr == ""


def test_fail_on_warning(unplaced: Finding) -> None:
    """Makes the exit status 1."""
    result = CliRunner().invoke(command(Report(findings=(unplaced,))), ["--fail-on", "warning"])

    assert result.exit_code == 1


@pytest.mark.parametrize("name", ["json", "sarif"])
def test_what_programs_read_is_all_of_standard_output(unplaced: Finding, name: str) -> None:
    """Whatever else there is to say."""
    result = CliRunner().invoke(
        command(Report(findings=(unplaced,), notes=("a remark",))), ["--format", name]
    )

    assert json.loads(result.stdout)


def test_explain_needs_nothing_else() -> None:
    """It prints the section and stops."""
    result = CliRunner().invoke(command(Report(findings=())), ["--explain", "path-invalid"])

    assert result.exit_code == 0
    assert result.stdout.startswith("# path-invalid\n")


def test_list_rules_needs_nothing_else() -> None:
    """One line a rule, with its severity."""
    result = CliRunner().invoke(command(Report(findings=())), ["--list-rules"])

    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == [rule.id for rule in RULES]
    assert "error    synth, lint: Invalid path" in result.stdout


def test_explain_of_an_unknown_rule_is_a_user_s_mistake() -> None:
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


def printed_on_a_terminal(*, no_color: bool, environment: dict[str, str]) -> str:
    """Run the program above on a terminal and return what it printed."""
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


def test_colours_are_for_a_terminal_that_wants_them() -> None:
    """`--no-color` and NO_COLOR turn them off; a pipe gets none."""
    plain = {"NO_COLOR": ""}

    assert "\x1b[" in printed_on_a_terminal(no_color=False, environment=plain)
    assert "\x1b[" not in printed_on_a_terminal(no_color=True, environment=plain)
    assert "\x1b[" not in printed_on_a_terminal(no_color=False, environment={"NO_COLOR": "1"})
