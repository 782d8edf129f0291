"""`streaming-construct doctor`: why a deployed API does not stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from streaming_construct.doctor.checks import Patient
    from streaming_construct.doctor.examination import Examination
    from streaming_construct.sources.deployed.aws import Aws


class UserError(click.ClickException):
    """What keeps the doctor from looking: one sentence, exit code 2."""

    exit_code = 2


@click.command()
@click.option("--api", metavar="ID", help="The id of the REST API; in a stack, its logical id.")
@click.option("--stack", metavar="NAME", help="The stack that holds the API, or its only one.")
@click.option("--stage", metavar="NAME", help="The stage, where the API has several.")
@click.option("--region", metavar="NAME", help="The Region, where the environment says another.")
@click.option("--profile", metavar="NAME", help="The profile with the credentials to use.")
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=60,
    show_default=True,
    help="How far back to read logs and metrics.",
)
@click.option("--before", is_flag=True, help="Check the account before a first deploy instead.")
@click.option("--quiet", is_flag=True, help="Say nothing of what is being looked at.")
def doctor(
    api: str | None,
    stack: str | None,
    stage: str | None,
    region: str | None,
    profile: str | None,
    minutes: float,
    before: bool,  # noqa: FBT001 - click passes options by name
    quiet: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Read a deployed REST API, and say what keeps it from streaming.

    Nothing is changed. What the credentials do not let be read is named, and left out.
    """
    try:
        from streaming_construct.sources.deployed.aws import Aws
    except ModuleNotFoundError as error:
        raise UserError(f"{error.name} is missing: pip install 'streaming-construct[aws]'") from error
    if before == bool(api or stack):
        raise UserError("say --api ID or --stack NAME, or --before alone")
