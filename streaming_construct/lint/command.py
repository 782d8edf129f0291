"""`streaming-construct lint` on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from streaming_construct.aws.limits import BUFFERED_TIMEOUT_MAX_MS, STREAM_TIMEOUT_MAX_MS
from streaming_construct.documents.errors import SourceError
from streaming_construct.lint.input_language import find_input_language
from streaming_construct.lint.linter import LintResult, lint_path
from streaming_construct.reporting.options import (
    OutputOptions,
    add_output_options,
    print_explanation,
)
from streaming_construct.reporting.pyproject import PyprojectError, read_pyproject_suppressions
from streaming_construct.reporting.report import EXIT_UNREADABLE, build_report
from streaming_construct.rules.fix_languages.language import InputLanguage
from streaming_construct.rules.rule import Severity
from streaming_construct.templates.stacks.loader import load_stacks
from streaming_construct.terminal import escape_lines

_DEFAULT_PATH: Final = Path("cdk.out")


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--parameter",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="Template parameter value. Repeatable.",
)
@click.option(
    "--explain",
    metavar="ID",
    help="Print the documentation of rule ID, with the fix in the language of PATH, and exit.",
)
@click.option("--fix", is_flag=True, help="Fix what has only one fix, in the files.")
@click.option(
    "--diff",
    is_flag=True,
    help="Print the changes of --fix and write nothing. Other findings are only counted.",
)
@click.option(
    "--integration-timeout-quota",
    metavar="MS",
    type=click.IntRange(BUFFERED_TIMEOUT_MAX_MS + 1, STREAM_TIMEOUT_MAX_MS),
    help="The account's quota for the timeout of buffered integrations, if AWS raised it.",
)
@add_output_options
def lint(
    *,
    paths: tuple[Path, ...],
    parameters: tuple[str, ...],
    explain: str | None,
    fix: bool,
    diff: bool,
    integration_timeout_quota: int | None,
    fail_on: str,
    **options: Any,
) -> None:
    """Check templates, documents and plans for streaming errors.

    PATH is a CloudFormation or SAM template, or a cloud assembly (the output of `cdk synth`). It
    can also be an OpenAPI file with API Gateway extensions, or the output of `terraform show
    -json`. Default: cdk.out. The exit status is 1 if there is an error, and 2 if a PATH cannot be
    read.
    """
    if explain is not None:
        print_explanation(explain, _read_language(paths))
        return
    output = OutputOptions(fail_on=Severity(fail_on), **options)
    values = dict(_parse_parameter(parameter) for parameter in parameters)
    try:
        suppressions = read_pyproject_suppressions(Path.cwd())
    except PyprojectError as error:
        raise click.UsageError(str(error)) from error
    paths = paths or (_DEFAULT_PATH,)
    streams = [path for path in paths if path.exists() and not (path.is_file() or path.is_dir())]
    if (fix or diff) and streams:
        option = "--diff" if diff else "--fix"
        raise click.UsageError(f"{streams[0]} is a pipe. Pass the path of a file to {option}.")
    if fix or diff:
        from streaming_construct.lint.fix_command import fix_paths

        has_changes, has_errors = fix_paths(paths, values, suppressions, output, is_diff=diff)
        if diff:
            raise SystemExit(EXIT_UNREADABLE if has_errors else int(has_changes))
    results, errors = _lint_paths(paths, values, integration_timeout_quota)
    report = build_report(
        (finding for result in results for finding in result.findings),
        [
            *suppressions,
            *(suppression for result in results for suppression in result.suppressions),
            *(suppression for result in results for suppression in result.cdk_suppressions),
        ],
        (note for result in results for note in result.notes),
        {name: text for result in results for name, text in result.sources.items()},
    )
    status = output.print_report(report) if results else EXIT_UNREADABLE
    unreadable = [*map(str, errors), *(error for result in results for error in result.errors)]
    for sentence in unreadable:
        click.echo(f"Error: {escape_lines(sentence)}", err=True)
    raise SystemExit(EXIT_UNREADABLE if unreadable else status)


def _read_language(paths: tuple[Path, ...]) -> InputLanguage | None:
    """Return the language of the first path; None without a path."""
    try:
        return find_input_language(load_stacks(paths[0])) if paths else None
    except SourceError as error:
        raise click.UsageError(str(error)) from error


def _lint_paths(
    paths: tuple[Path, ...], parameters: Mapping[str, str], quota_ms: int | None
) -> tuple[list[LintResult], list[SourceError]]:
    """Check each path; an unreadable path does not hide the findings of the others."""
    results = [_lint_path(path, parameters, quota_ms) for path in paths]
    return (
        [result for result in results if isinstance(result, LintResult)],
        [result for result in results if isinstance(result, SourceError)],
    )


def _lint_path(
    path: Path, parameters: Mapping[str, str], quota_ms: int | None
) -> LintResult | SourceError:
    try:
        return lint_path(path, parameters, integration_timeout_max_ms=quota_ms)
    except SourceError as error:
        return error


def _parse_parameter(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise click.BadParameter(
            f"{text!r} has no '='. Write NAME=VALUE.", param_hint="--parameter"
        )
    return name, value
