"""The options `--deploy` and `--destroy` of `streaming-construct verify`."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import click

from streaming_construct.command_output import CommandOutput
from streaming_construct.terminal import escape_lines
from streaming_construct.verify.case import Case
from streaming_construct.verify.deployment.case_selection import select_for_aws
from streaming_construct.verify.deployment.cdk_cli import CdkCli, find_cdk_command
from streaming_construct.verify.deployment.estimate import format_estimate
from streaming_construct.verify.deployment.interruption import SignalWatch
from streaming_construct.verify.deployment.lifecycle import Lifecycle, RunResult, delete_stack
from streaming_construct.verify.deployment.preflight import (
    Preflight,
    PreflightError,
    check_before_deletion,
    check_before_deployment,
)
from streaming_construct.verify.deployment.run_state import RunState, read_states
from streaming_construct.verify.report import VerifyReport
from streaming_construct.verify.runner import Progress
from streaming_construct.verify.stack_outputs import DEFAULT_NAME_PREFIX

_SIGNAL_STATUS = 128
"""The status of a shell for a command that a signal ended, without the number of the signal."""


@dataclass(frozen=True, kw_only=True)
class DeployOptions:
    """The options of the command line.

    Args:
        region: `--region`. Default: that of the environment or of the profile.
        profile: `--profile`. Default: as boto3 finds credentials.
        permissions_boundary: `--permissions-boundary`. Default: none.
        prefix: `--prefix`. Default: `DEFAULT_NAME_PREFIX`.
        is_confirmed: `--yes`. Default: False.
        keep: `--keep`. Default: False.
    """

    region: str | None = None
    profile: str | None = None
    permissions_boundary: str | None = None
    prefix: str | None = None
    is_confirmed: bool = False
    keep: bool = False


def run_on_aws(
    options: DeployOptions,
    cases: Sequence[Case],
    case_ids: Sequence[str],
    output: CommandOutput,
    progress: Progress,
    write_report: Callable[[VerifyReport], None],
) -> VerifyReport:
    """Deploy the stack, run the cases, and delete the stack.

    Ends the process if the cases did not run, or if something is left.

    Raises:
        click.ClickException: Nothing was created, because something is missing.
    """
    for state in read_states():
        output(
            f"A run of {state.started_at} left the stack {state.options.name_prefix} in"
            f" {state.options.region}. Delete it with: {state.options.destroy_command}"
        )
    try:
        preflight = check_before_deployment(
            name_prefix=options.prefix or DEFAULT_NAME_PREFIX,
            region=options.region,
            profile=options.profile,
            permissions_boundary=options.permissions_boundary,
        )
    except PreflightError as error:
        raise _create_error(error) from error
    selection = select_for_aws(cases, case_ids)
    _print_plan(output, preflight, selection.selected, keep=options.keep)
    if not options.is_confirmed:
        click.confirm("Deploy the stack?", abort=True)
    result = Lifecycle(
        preflight=preflight,
        selection=selection,
        keep=options.keep,
        output=output,
        progress=progress,
        write_report=write_report,
    ).run()
    if result.signal_number is not None or result.report is None:
        _exit(result)
    if not result.is_clean:
        output("The run ends with status 1, because something is left.")
        sys.exit(1)
    return result.report


def destroy_stacks(options: DeployOptions, output: CommandOutput) -> None:
    """Delete the stacks that earlier runs left: all, or that of `prefix` and `region`.

    Raises:
        click.ClickException: A stack is left, or belongs to another account.
    """
    states = [
        state
        for state in read_states()
        if options.prefix in (None, state.options.name_prefix)
        and options.region in (None, state.options.region)
    ]
    if not states:
        output("No earlier run on this machine left a stack.")
        return
    command = find_cdk_command()
    if command is None:
        raise click.ClickException("Neither cdk nor npx is on PATH. Install Node.js.")
    problems = [
        problem for state in states if (problem := _destroy(state, options, command, output))
    ]
    if problems:
        raise click.ClickException("\n".join(problems))


def _destroy(
    state: RunState, options: DeployOptions, command: Sequence[str], output: CommandOutput
) -> str | None:
    """Delete a stack. Return why it is left, None if it is deleted."""
    name, region = state.options.name_prefix, state.options.region
    try:
        aws, account = check_before_deletion(region, options.profile or state.options.profile)
    except PreflightError as error:
        return escape_lines(f"The stack {name} in {region} is left. {error}")
    if account != state.options.account:
        return (
            f"The stack {name} in {region} is left. It belongs to account"
            f" {state.options.masked_account}. Choose its credentials with --profile."
        )
    with (
        TemporaryDirectory(prefix="verify-", ignore_cleanup_errors=True) as folder,
        SignalWatch(output) as signals,
    ):
        cli = CdkCli(
            command=command,
            folder=Path(folder),
            signals=signals,
            print_line=lambda line: output(f"  cdk: {line}"),
        )
        is_clean = delete_stack(aws, cli, state, signals, output)
    return None if is_clean else f"The stack {name} in {region} is not deleted completely."


def _print_plan(
    output: CommandOutput, preflight: Preflight, cases: Sequence[Case], *, keep: bool
) -> None:
    options = preflight.options
    output(f"account: {options.masked_account}")
    output(f"Region: {options.region}")
    output(f"stack: {options.name_prefix}")
    output(
        "creates: a REST API, Lambda functions with their roles, a user pool, API keys and usage"
        " plans, log groups"
    )
    output(f"estimate: {format_estimate(cases)}")
    if options.cloud_watch_role:
        output(
            "API Gateway has no role for logs in this account and Region. The stack creates one,"
            " which remains."
        )
    output("remains: the uploaded code in the bucket of the CDK bootstrap stack")
    if keep:
        output("remains: the stack, because of --keep")


def _create_error(error: PreflightError) -> click.ClickException:
    lines = "\n".join(f"  {problem}" for problem in error.problems)
    return click.ClickException(escape_lines(f"Nothing was created:\n{lines}"))


def _exit(result: RunResult) -> NoReturn:
    status = 1 if result.signal_number is None else _SIGNAL_STATUS + result.signal_number
    if result.signal_number is not None and threading.active_count() > 1:
        # The threads of an interrupted battery wait for responses, some for minutes.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
