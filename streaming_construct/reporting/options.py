"""The options of the commands that report findings, and how they print a report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from shutil import get_terminal_size
from typing import Any, Final, TypeVar

import click

from streaming_construct.command_output import CommandOutput
from streaming_construct.reporting.explain import UnknownRuleError, explain
from streaming_construct.reporting.report import Report, compute_exit_code
from streaming_construct.rules.fix_languages.language import InputLanguage
from streaming_construct.rules.reference import render_rules_list
from streaming_construct.rules.rule import Severity
from streaming_construct.terminal import escape_lines, has_color

_Command = TypeVar("_Command", bound=Callable[..., Any])

FORMATS: Final = ("text", "json", "sarif", "github")


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """How a command prints its report."""

    format: str = "text"
    fail_on: Severity = Severity.ERROR
    quiet: bool = False
    no_color: bool = False

    def note(self, text: str) -> None:
        """Print a remark on standard error, unless `quiet`."""
        if not self.quiet:
            click.echo(escape_lines(text), err=True)

    @contextmanager
    def show_status(self, text: str) -> Iterator[None]:
        """Show on standard error what runs until the context ends, unless `quiet`."""
        if self.quiet:
            yield
        else:
            with self._error_output.show_status(text):
                yield

    @cached_property
    def _error_output(self) -> CommandOutput:
        return CommandOutput(error=True, no_color=self.no_color)

    def print_report(self, report: Report) -> int:
        """Print a report and return the exit status."""
        if self.format == "text":
            from streaming_construct.reporting.formatters.text import format_summary, format_text

            text = format_text(
                report, is_terminal=self._has_styles(), width=get_terminal_size((100, 24)).columns
            )
            click.echo(text, nl=False, color=self._has_styles())
            notes = (*report.notes, format_summary(report))
        else:
            click.echo(_create_formatter(self.format)(report), nl=False)
            notes = report.notes
        sys.stdout.flush()
        for note in notes:
            self.note(note)
        return compute_exit_code(report.findings, self.fail_on)

    def _has_styles(self) -> bool:
        return has_color() and not self.no_color


def add_output_options(command: _Command) -> _Command:
    """Add the options of `OutputOptions` and `--list-rules` to a click command."""
    for option in (
        click.option(
            "--format",
            type=click.Choice(FORMATS),
            default="text",
            show_default=True,
            help="Output format.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice([severity.value for severity in Severity]),
            default=Severity.ERROR.value,
            show_default=True,
            help="Minimum severity that causes exit status 1.",
        ),
        click.option(
            "--list-rules",
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_list_rules,
            help="List all rules and exit.",
        ),
        click.option("--quiet", is_flag=True, help="Print findings only."),
        click.option(
            "--no-color", is_flag=True, help="Disable colored output. NO_COLOR has the same effect."
        ),
    ):
        command = option(command)
    return command


def _create_formatter(name: str) -> Callable[[Report], str]:
    from streaming_construct.reporting.formatters.github import format_github
    from streaming_construct.reporting.formatters.json import format_json
    from streaming_construct.reporting.formatters.sarif import format_sarif

    return {"json": format_json, "sarif": format_sarif, "github": format_github}[name]


def explain_option(command: _Command) -> _Command:
    """Add `--explain ID`, which prints the documentation of a rule and exits."""
    return click.option(
        "--explain",
        metavar="ID",
        expose_value=False,
        is_eager=True,
        callback=_explain,
        help="Print the documentation of rule ID and exit.",
    )(command)


def print_explanation(rule_id: str, language: InputLanguage | None = None) -> None:
    """Print the documentation of a rule, with the fix in a language. Default: in all languages.

    Raises:
        click.BadParameter: No rule has this id.
    """
    try:
        click.echo(explain(rule_id, language), nl=False)
    except UnknownRuleError as error:
        raise click.BadParameter(str(error.args[0]), param_hint="--explain") from error


def _explain(context: click.Context, _: click.Parameter, rule_id: str | None) -> None:
    if rule_id is not None and not context.resilient_parsing:
        print_explanation(rule_id)
        context.exit()


def _list_rules(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value and not context.resilient_parsing:
        click.echo(render_rules_list(), nl=False)
        context.exit()
