"""`streaming-construct lint` on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from streaming_construct.documents.errors import SourceError
from streaming_construct.lint.linter import LintResult, lint_path
from streaming_construct.reporting.options import OutputOptions, output_options
from streaming_construct.reporting.pyproject import PyprojectError, read_pyproject_suppressions
from streaming_construct.reporting.report import EXIT_UNREADABLE, build_report
from streaming_construct.rules.finding import Severity


@click.command()
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--parameter",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="The value of a template parameter; may be given several times.",
)
@output_options
def lint(*, paths: tuple[Path, ...], parameters: tuple[str, ...], fail_on: str, **how: Any) -> None:
    """Name what keeps an API from streaming, in templates, assemblies, documents and plans.

    A PATH is a CloudFormation or SAM template, a cloud assembly (what `cdk synth` writes), an
    OpenAPI file with API Gateway's extensions, or a plan as `terraform show -json` prints it. The
    exit status is 1 where an error is found, 2 where a PATH cannot be read.
    """
    telling = OutputOptions(fail_on=Severity(fail_on), **how)
    given = dict(_parameter(each) for each in parameters)
    try:
        suppressions = [*read_pyproject_suppressions(Path.cwd())]
    except PyprojectError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(EXIT_UNREADABLE) from error
    judgements, unreadable = _lint_paths(paths, given)
    report = build_report(
        (finding for each in judgements for finding in each.findings),
        [*suppressions, *(given for each in judgements for given in each.suppressions)],
        (note for each in judgements for note in each.notes),
    )
    status = telling.print_report(report) if judgements else EXIT_UNREADABLE
    for problem in unreadable:
        click.echo(f"Error: {problem}", err=True)
    raise SystemExit(EXIT_UNREADABLE if unreadable else status)


def _lint_paths(
    paths: tuple[Path, ...], parameters: Mapping[str, str]
) -> tuple[list[LintResult], list[SourceError]]:
    """Judge each path; one that cannot be read keeps nobody from hearing of the others."""
    results = [_judged(path, parameters) for path in paths]
    return (
        [each for each in results if isinstance(each, LintResult)],
        [each for each in results if isinstance(each, SourceError)],
    )


def _judged(path: Path, parameters: Mapping[str, str]) -> LintResult | SourceError:
    try:
        return lint_path(path, parameters)
    except SourceError as error:
        return error


def _parameter(written: str) -> tuple[str, str]:
    name, found, value = written.partition("=")
    if not found:
        raise click.BadParameter(f"{written}: say NAME=VALUE", param_hint="--parameter")
    return name, value
