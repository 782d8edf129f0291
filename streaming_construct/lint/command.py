"""`streaming-construct lint` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from streaming_construct.knowledge.finding import Severity
from streaming_construct.lint.judging import judge
from streaming_construct.reporting.options import Telling, telling_options
from streaming_construct.reporting.project_file import ProjectFileError, project_suppressions
from streaming_construct.reporting.report import UNREADABLE, new_report
from streaming_construct.sources.source_error import SourceError


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
@telling_options
def lint(*, paths: tuple[Path, ...], parameters: tuple[str, ...], fail_on: str, **how: Any) -> None:
    """Name what keeps an API from streaming, in templates, assemblies, documents and plans.

    A PATH is a CloudFormation or SAM template, a cloud assembly (what `cdk synth` writes), an
    OpenAPI file with API Gateway's extensions, or a plan as `terraform show -json` prints it. The
    exit status is 1 where an error is found, 2 where a PATH cannot be read.
    """
    telling = Telling(fail_on=Severity(fail_on), **how)
    given = dict(_parameter(each) for each in parameters)
    try:
        suppressions = [*project_suppressions(Path.cwd())]
        judgements = [judge(path, given) for path in paths]
    except (SourceError, ProjectFileError) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(UNREADABLE) from error
    report = new_report(
        (finding for each in judgements for finding in each.findings),
        [*suppressions, *(given for each in judgements for given in each.suppressions)],
        (note for each in judgements for note in each.notes),
    )
    raise SystemExit(telling.tell(report))


def _parameter(written: str) -> tuple[str, str]:
    name, found, value = written.partition("=")
    if not found:
        raise click.BadParameter(f"{written}: say NAME=VALUE", param_hint="--parameter")
    return name, value
