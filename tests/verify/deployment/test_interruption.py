"""Signals to a real process at each stage of a run."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.verify.deployment.aws_server import AwsServer
from tests.verify.deployment.conftest import Commands

pytestmark = pytest.mark.deploy
NAME = "streaming-construct-verify"
DESTROY = f"streaming-construct verify --destroy --prefix {NAME} --region us-east-1"


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for the end of a process; return its output."""
    try:
        output, _ = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return output


def test_a_signal_during_the_deployment_deletes_the_stack(
    commands: Commands, account: AwsServer
) -> None:
    process = commands.start(cdk=("hang",))
    account.wait_for("creating")
    process.send_signal(signal.SIGINT)
    output = finish(process)

    assert process.returncode == 130, output
    assert "The run was interrupted by SIGINT." in output
    assert [run[0] for run in commands.cdk_runs] == ["deploy", "destroy"]
    assert account.stack_status is None
    assert commands.state_files == []


def test_a_signal_during_the_cases_deletes_the_stack(
    commands: Commands, account: AwsServer
) -> None:
    account.holds_requests = True
    process = commands.start()
    account.wait_for("battery")
    process.send_signal(signal.SIGTERM)
    output = finish(process)

    assert not account.released.is_set()
    assert process.returncode == 143, output
    assert "The run was interrupted by SIGTERM." in output
    assert account.stack_status is None
    assert "The stack and its log groups are deleted." in output


def test_one_signal_during_the_deletion_waits_and_two_name_remaining_resources(
    commands: Commands, account: AwsServer
) -> None:
    process = commands.start(cdk=("ok", "hang"))
    account.wait_for("deleting")
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Press Ctrl-C again to leave it." in line:
            break
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output = finish(process)

    assert process.returncode == 130, output
    assert f"the stack {NAME} in us-east-1, with all its resources" in output
    assert DESTROY in output
    assert len(commands.state_files) == 1


def test_a_killed_run_is_deleted_by_destroy(commands: Commands, account: AwsServer) -> None:
    account.holds_requests = True
    process = commands.start()
    account.wait_for("battery")
    process.kill()
    finish(process)
    assert account.stack_status == "CREATE_COMPLETE"

    result = commands.run("--destroy")

    assert result.exit_code == 0, result.output
    assert account.stack_status is None
    assert commands.state_files == []
