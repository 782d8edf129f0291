"""A run on AWS: deploy the stack, run the cases, delete the stack."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory
from typing import Final

from streaming_construct.command_output import CommandOutput
from streaming_construct.deployed.client import AwsWriteClient
from streaming_construct.deployed.errors import AwsAccessError, AwsCallError
from streaming_construct.verify.deployment.aws_target import (
    ApiNotReadyError,
    create_deployed_target,
)
from streaming_construct.verify.deployment.case_selection import CaseSelection
from streaming_construct.verify.deployment.cdk_cli import CdkCli, CdkCliError
from streaming_construct.verify.deployment.interruption import Interruption, SignalWatch
from streaming_construct.verify.deployment.leftovers import Leftover, find_leftovers
from streaming_construct.verify.deployment.preflight import Preflight
from streaming_construct.verify.deployment.run_state import RunState
from streaming_construct.verify.deployment.stack_options import StackOptions
from streaming_construct.verify.report import VerifyReport
from streaming_construct.verify.runner import Progress, count_results, run_cases

_JWT: Final = re.compile(r"jwt", re.IGNORECASE)
_FAILURE: Final = re.compile(r"error|fail|invalid", re.IGNORECASE)
_JWT_REASON: Final = "API Gateway rejected the OpenAPI extension of JWT authorizers"


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """How a run ended.

    Args:
        report: The results of the cases. None if they did not all run.
        signal_number: The signal that ended the run. Default: none.
        is_clean: Whether nothing of the stack is left.
        failure: Why the run ended early. Default: empty.
    """

    report: VerifyReport | None
    signal_number: int | None
    is_clean: bool
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """One run on AWS.

    Args:
        preflight: The results of the checks.
        selection: The cases.
        keep: Whether the stack stays.
        output: Prints messages and the output of the CDK CLI.
        progress: Receives the result of each case.
        write_report: Receives the report before the stack is deleted.
    """

    preflight: Preflight
    selection: CaseSelection
    keep: bool
    output: CommandOutput
    progress: Progress
    write_report: Callable[[VerifyReport], None]

    def run(self) -> RunResult:
        """Deploy the stack, run the cases and delete the stack, whatever happens."""
        started_at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        state = RunState(options=self.preflight.options, started_at=started_at)
        report, failure, is_clean = None, "", False
        with (
            TemporaryDirectory(prefix="verify-", ignore_cleanup_errors=True) as folder,
            SignalWatch(self.output) as signals,
        ):
            cli = CdkCli(
                command=self.preflight.cdk_command,
                folder=Path(folder),
                signals=signals,
                print_line=lambda line: self.output(f"  cdk: {line}"),
            )
            state.save()
            try:
                report, failure = self._run_cases(cli, state, signals)
            finally:
                # Each path above ended with `start_deletion`: no signal raises here.
                if self.keep:
                    self._print_kept()
                else:
                    is_clean = delete_stack(self.preflight.aws, cli, state, signals, self.output)
        return RunResult(
            report=report,
            signal_number=signals.number,
            is_clean=is_clean or self.keep,
            failure=failure,
        )

    def _run_cases(
        self, cli: CdkCli, state: RunState, signals: SignalWatch
    ) -> tuple[VerifyReport | None, str]:
        """Return the report, or why there is none. Ends with `start_deletion`."""
        report, failure = None, ""
        try:
            outputs, selection = self._deploy(cli, state)
            with self.output.show_status("The stack is deployed. The cases begin.") as status:
                target = create_deployed_target(self.preflight.aws, state.options, outputs)
                report = selection.complete(
                    run_cases(
                        target,
                        selection.selected,
                        versions=_read_versions(),
                        progress=count_results(status, len(selection.selected), self.progress),
                    )
                )
            self.write_report(report)
        except Interruption as interruption:
            failure = f"The run was interrupted by {interruption}."
        except (CdkCliError, ApiNotReadyError, AwsAccessError, AwsCallError, OSError) as error:
            failure = str(error)
        finally:
            signals.start_deletion()
        if failure:
            self.output(failure)
        return report, failure

    def _deploy(self, cli: CdkCli, state: RunState) -> tuple[Mapping[str, str], CaseSelection]:
        """Deploy the stack, without JWT authorizers if AWS rejects them."""
        options = state.options
        try:
            with self.output.show_status(f"Deploying the stack {options.name_prefix}."):
                return cli.deploy(options), self.selection
        except CdkCliError as error:
            reason = _find_jwt_rejection(self.preflight.aws, options, str(error))
            if reason is None:
                raise
        self.output(f"{_JWT_REASON}: {reason}")
        with self.output.show_status("Deploying again without JWT authorizers."):
            cli.destroy(options)
            outputs = cli.deploy(replace(options, jwt_authorizers=False))
        return outputs, self.selection.remove_jwt_cases(f"{_JWT_REASON}: {reason}")

    def _print_kept(self) -> None:
        options = self.preflight.options
        self.output(f"The stack {options.name_prefix} is kept in {options.region}.")
        self.output(f"Delete it with: {options.destroy_command}")


def delete_stack(
    aws: AwsWriteClient, cli: CdkCli, state: RunState, signals: SignalWatch, output: CommandOutput
) -> bool:
    """Delete the stack, print what is left, and return whether nothing is.

    The state file stays as long as the stack does.
    """
    signals.start_deletion()
    options = state.options
    with output.show_status(f"Deleting the stack {options.name_prefix}."):
        try:
            cli.destroy(options)
        except (CdkCliError, OSError) as error:
            output(str(error))
        if signals.is_abandoned:
            name = f"the stack {options.name_prefix} in {options.region}, with all its resources"
            leftovers = [Leftover(name, options.destroy_command, is_stack=True)]
        else:
            leftovers = find_leftovers(aws, options)
    if not any(leftover.is_stack for leftover in leftovers):
        state.delete()
    for line in _format_leftovers(leftovers):
        output(line)
    return not leftovers


def _format_leftovers(leftovers: list[Leftover]) -> Iterator[str]:
    if not leftovers:
        yield "The stack and its log groups are deleted."
        return
    yield "Left in the account:"
    for leftover in leftovers:
        yield f"  {leftover.name}"
    yield "Delete it with:"
    for command in dict.fromkeys(leftover.command for leftover in leftovers):
        yield f"  {command}"


def _find_jwt_rejection(aws: AwsWriteClient, options: StackOptions, output: str) -> str | None:
    """Return the message by which AWS rejects JWT authorizers, None for another failure."""
    messages: list[str] = []
    # Without the events, the output of the CDK CLI is what there is.
    with suppress(AwsAccessError, AwsCallError):
        events = aws.paginate(
            "cloudformation",
            "describe_stack_events",
            "StackEvents",
            StackName=options.name_prefix,
        )
        messages = [
            str(event.get("ResourceStatusReason", ""))
            for event in events
            if event.get("ResourceStatus") == "CREATE_FAILED"
        ]
    if not messages:
        messages = [line for line in output.splitlines() if _FAILURE.search(line)]
    return next((message for message in messages if _JWT.search(message)), None)


def _read_versions() -> dict[str, str]:
    return {"streaming-construct": version("streaming-construct"), "Python": python_version()}
