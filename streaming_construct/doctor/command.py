"""`streaming-construct doctor`: why a deployed API does not stream."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from streaming_construct.reporting.options import OutputOptions, output_options
from streaming_construct.reporting.pyproject import PyprojectError, read_pyproject_suppressions
from streaming_construct.reporting.report import EXIT_UNREADABLE, build_report
from streaming_construct.rules.finding import Severity
from streaming_construct.rules.suppression import Suppression

if TYPE_CHECKING:
    from streaming_construct.deployed.client import AwsClient
    from streaming_construct.doctor.runner import Examination

# What a shell shows of a command that Ctrl-C ended.
_INTERRUPTED: Final = 130


class UserError(click.ClickException):
    """What keeps the doctor from looking: one sentence, exit status 2."""

    exit_code = EXIT_UNREADABLE


@click.command()
@click.option("--api", metavar="ID", help="The id of a REST API; with --stack, or its logical id.")
@click.option("--stack", metavar="NAME", help="The stack that deployed the API.")
@click.option("--stage", metavar="NAME", help="The stage, where the API has several.")
@click.option("--region", metavar="NAME", help="The Region, where it is not the environment's.")
@click.option("--profile", metavar="NAME", help="The profile whose credentials are used.")
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=60,
    show_default=True,
    help="How far back logs and metrics are read.",
)
@click.option("--before", is_flag=True, help="Check the account before its first deploy instead.")
@output_options
def doctor(
    api: str | None,
    stack: str | None,
    stage: str | None,
    region: str | None,
    profile: str | None,
    minutes: float,
    before: bool,  # noqa: FBT001 - click passes options by name
    fail_on: str,
    **telling: Any,
) -> None:
    """Read a deployed REST API and say what keeps it from streaming.

    It changes nothing. What the credentials do not let it read is named and left out.
    """
    if before == bool(api or stack):
        raise UserError("say --api ID or --stack NAME; or --before, without them")
    told = OutputOptions(fail_on=Severity(fail_on), **telling)
    suppressions = _suppressions()
    aws = _aws(region, profile)
    examination = _examine(
        aws, told, api=api, stack=stack, stage=stage, seconds=minutes * 60, before=before
    )
    status = _tell(examination, told, suppressions)
    if examination.refused is not None:
        raise UserError(examination.refused)
    sys.exit(_INTERRUPTED if examination.interrupted else status)


def _suppressions() -> tuple[Suppression, ...]:
    try:
        return read_pyproject_suppressions(Path.cwd())
    except PyprojectError as error:
        raise UserError(str(error)) from error


def _aws(region: str | None, profile: str | None) -> AwsClient:
    # boto3 takes longer to import than everything else of a command that only shows its help.
    try:
        from streaming_construct.deployed.client import AwsClient
    except ModuleNotFoundError as error:
        missing = f"{error.name} is missing: pip install 'streaming-construct[aws]'"
        raise UserError(missing) from error
    from streaming_construct.deployed.errors import AwsAccessError, AwsCallError

    try:
        return AwsClient(region=region, profile=profile)
    except (AwsAccessError, AwsCallError) as error:
        raise UserError(str(error)) from error


def _examine(
    aws: AwsClient,
    output: OutputOptions,
    *,
    api: str | None,
    stack: str | None,
    stage: str | None,
    seconds: float,
    before: bool,
) -> Examination:
    from streaming_construct.deployed.errors import AwsAccessError, AwsCallError
    from streaming_construct.doctor.checks import deployment_checks, pre_deployment_checks
    from streaming_construct.doctor.runner import Examination
    from streaming_construct.doctor.target import NotARestApiError, resolve_target
    from streaming_construct.documents.errors import SourceError

    def progress(name: str) -> None:
        output.note(f"looking at {name} ...")

    examination = Examination()
    try:
        output.note(f"account {aws.account}, {aws.region}")
        if before:
            checks = pre_deployment_checks(aws)
        else:
            progress("the API" if stack is None else f"stack {stack}")
            patient = resolve_target(aws, api=api, stack=stack, stage=stage, seconds=seconds)
            examination.not_checked += patient.deployed.unreadable_parts
            checks = deployment_checks(patient)
        examination.run(checks, progress)
    except NotARestApiError as error:
        examination.findings += error.findings
    except (AwsAccessError, SourceError, AwsCallError) as error:
        raise UserError(str(error)) from error
    return examination


def _tell(
    examination: Examination, told: OutputOptions, suppressions: Sequence[Suppression]
) -> int:
    skipped = (f"not checked: {name}: {why}" for name, why in examination.not_checked)
    return told.print_report(
        build_report(examination.findings, suppressions, (*examination.notes, *skipped))
    )
