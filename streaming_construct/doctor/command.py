"""The command `streaming-construct doctor`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from streaming_construct.reporting.options import OutputOptions, add_output_options, explain_option
from streaming_construct.reporting.pyproject import PyprojectError, read_pyproject_suppressions
from streaming_construct.reporting.report import EXIT_UNREADABLE, build_report
from streaming_construct.rules.rule import Severity
from streaming_construct.rules.suppression import Suppression
from streaming_construct.terminal import escape_lines

if TYPE_CHECKING:
    from streaming_construct.deployed.client import AwsClient
    from streaming_construct.doctor.runner import CheckRunner

# The exit status of a shell for a command that SIGINT ended.
_INTERRUPTED: Final = 130


@click.command()
@click.option(
    "--api", metavar="ID", help="REST API ID. With --stack, a logical ID is accepted too."
)
@click.option("--stack", metavar="NAME", help="CloudFormation stack that contains the API.")
@click.option("--stage", metavar="NAME", help="Name of the stage if the API has several.")
@click.option("--region", metavar="NAME", help="Region. Default: the environment's.")
@click.option("--profile", metavar="NAME", help="Profile that provides the credentials.")
@click.option(
    "--minutes",
    metavar="MINUTES",
    type=click.FloatRange(min=0, min_open=True),
    default=60,
    show_default=True,
    help="Read logs and metrics of the last MINUTES.",
)
@click.option(
    "--pre-deploy", is_flag=True, help="Run pre-deployment checks on the account and Region."
)
@add_output_options
@explain_option
def doctor(
    *,
    api: str | None,
    stack: str | None,
    stage: str | None,
    region: str | None,
    profile: str | None,
    minutes: float,
    pre_deploy: bool,
    fail_on: str,
    **options: Any,
) -> None:
    """Inspect a deployed REST API and report why it does not stream.

    Makes read-only calls. Skips and reports anything that the credentials cannot read.
    """
    if pre_deploy == bool(api or stack):
        raise click.UsageError("Pass --api ID or --stack NAME, or --pre-deploy without them.")
    output = OutputOptions(fail_on=Severity(fail_on), **options)
    suppressions = _read_suppressions()
    aws = _create_client(region, profile)
    runner = _examine(
        aws, output, api=api, stack=stack, stage=stage, seconds=minutes * 60, pre_deploy=pre_deploy
    )
    status = _print(runner, output, suppressions)
    if runner.rejection is not None:
        _exit_unreadable(runner.rejection)
    sys.exit(_INTERRUPTED if runner.is_interrupted else status)


def _exit_unreadable(problem: str) -> NoReturn:
    # Not a usage error of click's: the command line is correct, so its usage would not help.
    click.echo(f"Error: {escape_lines(problem)}", err=True)
    sys.exit(EXIT_UNREADABLE)


def _read_suppressions() -> tuple[Suppression, ...]:
    try:
        return read_pyproject_suppressions(Path.cwd())
    except PyprojectError as error:
        _exit_unreadable(str(error))


def _create_client(region: str | None, profile: str | None) -> AwsClient:
    # The import of boto3 takes longer than all the rest of `--help`.
    try:
        from streaming_construct.deployed.client import AwsClient
    except ModuleNotFoundError as error:
        _exit_unreadable(
            f"{error.name} is not installed. Run pip install 'streaming-construct[aws]'."
        )
    from streaming_construct.deployed.errors import AwsAccessError, AwsCallError

    try:
        return AwsClient(region=region, profile=profile)
    except (AwsAccessError, AwsCallError) as error:
        _exit_unreadable(str(error))


def _examine(
    aws: AwsClient,
    output: OutputOptions,
    *,
    api: str | None,
    stack: str | None,
    stage: str | None,
    seconds: float,
    pre_deploy: bool,
) -> CheckRunner:
    from streaming_construct.deployed.errors import AwsAccessError, AwsCallError
    from streaming_construct.doctor.checks import list_deployment_checks, list_pre_deployment_checks
    from streaming_construct.doctor.runner import CheckRunner
    from streaming_construct.doctor.target import NotARestApiError, resolve_target
    from streaming_construct.documents.errors import SourceError

    def show_status(name: str) -> AbstractContextManager[None]:
        return output.show_status(f"checking {name} ...")

    runner = CheckRunner()
    try:
        with show_status("the credentials"):
            account = aws.account
        output.note(f"account {account}, {aws.region}")
        if pre_deploy:
            checks = list_pre_deployment_checks(aws)
        else:
            with show_status("the API" if stack is None else f"stack {stack}"):
                target = resolve_target(aws, api=api, stack=stack, stage=stage, seconds=seconds)
            runner.not_checked += target.deployed.unreadable_parts
            checks = list_deployment_checks(target)
        runner.run(checks, show_status)
    except NotARestApiError as error:
        runner.findings += error.findings
    except (AwsAccessError, SourceError, AwsCallError) as error:
        _exit_unreadable(str(error))
    return runner


def _print(runner: CheckRunner, output: OutputOptions, suppressions: Sequence[Suppression]) -> int:
    skipped = (f"not checked: {name}: {reason}" for name, reason in runner.not_checked)
    return output.print_report(
        build_report(runner.findings, suppressions, (*runner.notes, *skipped))
    )
