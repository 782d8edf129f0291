"""The options of a command that reports, and the telling: one way for all of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from streaming_construct.reporting.explain import UnknownRuleError, explain
from streaming_construct.reporting.formatters.github import github
from streaming_construct.reporting.formatters.json import format_json
from streaming_construct.reporting.formatters.sarif import sarif
from streaming_construct.reporting.formatters.text import format_text, summary
from streaming_construct.reporting.report import Report, exit_code
from streaming_construct.rules.finding import Severity

_Command = TypeVar("_Command", bound=Callable[..., Any])

FORMATS: Final[Mapping[str, Callable[[Report], str]]] = {
    "human": format_text,
    "json": format_json,
    "sarif": sarif,
    "github": github,
}


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """How a report is told."""

    format: str = "human"
    fail_on: Severity = Severity.ERROR
    quiet: bool = False
    no_color: bool = False

    def note(self, text: str) -> None:
        """Say something on standard error that is no finding: progress, a remark."""
        if not self.quiet:
            click.echo(text, err=True)

    def print_report(self, report: Report) -> int:
        """Print a report; return the exit status that it asks for."""
        # click leaves colours out where no terminal reads.
        plain = self.no_color or bool(os.environ.get("NO_COLOR"))
        click.echo(FORMATS[self.format](report), nl=False, color=False if plain else None)
        sys.stdout.flush()
        for note in report.notes:
            self.note(note)
        if self.format == "human":
            self.note(summary(report))
        return exit_code(report.findings, self.fail_on)


def output_options(command: _Command) -> _Command:
    """Give a click command what a `Telling` is made of, and `--explain ID`."""
    for option in (
        click.option(
            "--format",
            type=click.Choice(list(FORMATS)),
            default="human",
            show_default=True,
            help="How findings are written.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice([severity.value for severity in Severity]),
            default=Severity.ERROR.value,
            show_default=True,
            help="The least severity that makes the exit status 1.",
        ),
        click.option(
            "--explain",
            metavar="ID",
            expose_value=False,
            is_eager=True,
            callback=_explain,
            help="Say what the rule ID is about, and stop.",
        ),
        click.option("--quiet", is_flag=True, help="Print findings and nothing else."),
        click.option("--no-color", is_flag=True, help="Print without colours, as NO_COLOR does."),
    ):
        command = option(command)
    return command


def _explain(context: click.Context, _: click.Parameter, rule: str | None) -> None:
    if rule is None or context.resilient_parsing:
        return
    try:
        click.echo(explain(rule), nl=False)
    except UnknownRuleError as error:
        raise click.BadParameter(str(error.args[0])) from error
    context.exit()
