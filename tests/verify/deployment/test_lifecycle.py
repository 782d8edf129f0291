"""`verify --deploy` deletes the stack after every failure, and names remaining resources."""

from __future__ import annotations

import json

import pytest

from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.deployment.run_state import RunState
from streaming_construct.verify.deployment.stack_options import StackOptions
from streaming_construct.verify.report import (
    Outcome,
)
from streaming_construct.verify.report_parser import parse_report
from streaming_construct.verify.target import TargetKind
from tests.verify.deployment.aws_server import ACCOUNT, AwsServer
from tests.verify.deployment.conftest import CASE, Commands

pytestmark = pytest.mark.slow
NAME = "streaming-construct-verify"


def test_a_run_deploys_requests_reports_and_deletes(commands: Commands, account: AwsServer) -> None:
    result = commands.run()

    deploy, destroy = commands.cdk_runs
    assert deploy[:4] == ["deploy", "Verification", "--require-approval", "never"]
    assert destroy[:3] == ["destroy", "Verification", "--force"]
    assert account.observed["battery"] >= 1
    report = parse_report(commands.report.read_text())
    assert (report.kind, report.region) == (TargetKind.AWS, "us-east-1")
    assert [case.id for case in report.results] == [CASE]
    # The server on loopback is no API Gateway: the case differs.
    assert report.results[0].outcome is Outcome.DIFFERENT
    assert result.exit_code == 1
    assert "The stack and its log groups are deleted." in result.output
    assert account.stack_status is None
    assert commands.state_files == []


def test_the_plan_is_printed_before_the_question(commands: Commands) -> None:
    result = commands.run("--deploy", "--case", CASE, "--prefix", "mine")

    assert result.exit_code == 1
    assert "account: ********3333" in result.output
    assert ACCOUNT not in result.output
    assert "Region: us-east-1" in result.output
    assert "stack: mine" in result.output
    assert "at most about 0.0" in result.output
    assert "Deploy the stack? [y/N]" in result.output
    assert commands.cdk_runs == []


def test_all_problems_are_reported_at_once(commands: Commands, account: AwsServer) -> None:
    account.bootstrap_version = None
    account.stack_status = "CREATE_COMPLETE"
    result = commands.run(PATH=str(commands.folder))

    assert result.exit_code == 1
    assert "Nothing was created:" in result.output
    assert "Node.js is not on PATH." in result.output
    assert f"npx --yes aws-cdk@2 bootstrap aws://{ACCOUNT}/us-east-1" in result.output
    assert f"A stack {NAME} exists in us-east-1 (CREATE_COMPLETE)." in result.output
    assert commands.cdk_runs == []


def test_invalid_options_are_problems_too(commands: Commands) -> None:
    options = ("--prefix", "my stack", "--permissions-boundary", "Boundary")
    result = commands.run("--deploy", "--yes", "--case", CASE, *options)

    assert result.exit_code == 1
    assert "--prefix 'my stack' is not the name of a stack." in result.output
    assert "--permissions-boundary 'Boundary' is not the ARN of a managed policy." in result.output
    assert commands.cdk_runs == []


def test_a_missing_region_and_missing_credentials_are_two_problems(commands: Commands) -> None:
    result = commands.run(
        AWS_REGION=None, AWS_DEFAULT_REGION=None, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None
    )

    assert result.exit_code == 1
    assert "No Region is configured. Pass --region, or set AWS_REGION.\n" in result.output
    assert "AWS credentials are missing" in result.output


def test_an_old_bootstrap_stack_is_a_problem(commands: Commands, account: AwsServer) -> None:
    account.bootstrap_version = "5"

    assert "The bootstrap stack has version 5; the CDK needs 6." in commands.run().output


def test_a_denied_call_names_the_action(commands: Commands, account: AwsServer) -> None:
    account.deny("DescribeStacks", "cloudformation:DescribeStacks")

    result = commands.run()

    assert result.exit_code == 1
    assert "The permission cloudformation:DescribeStacks is missing." in result.output


def test_a_throttled_call_is_repeated(commands: Commands, account: AwsServer) -> None:
    account.errors["DescribeStacks"] = [("Throttling", "Rate exceeded")]

    result = commands.run("--deploy", "--case", CASE)

    assert account.observed["DescribeStacks"] == 2
    assert "Deploy the stack?" in result.output


def test_a_failed_deployment_is_deleted(commands: Commands, account: AwsServer) -> None:
    account.failed_events = ["The security token is invalid"]
    result = commands.run(cdk=("fail",))

    assert result.exit_code == 1
    assert "The CDK CLI exited with status 1." in result.output
    assert "the reason of the failure" in result.output
    assert [run[0] for run in commands.cdk_runs] == ["deploy", "destroy"]
    assert account.stack_status is None
    assert not commands.report.exists()


def test_a_rejected_jwt_extension_deploys_without_it(
    commands: Commands, account: AwsServer
) -> None:
    account.failed_events = ["Errors found during import: Invalid authorizer type jwt"]
    jwt = next(
        case
        for case in CASES
        if any(request.path.startswith("/authorized/jwt") for request in case.requests)
    )
    result = commands.run(*commands.arguments, "--case", jwt.id, cdk=("fail",))

    assert [run[0] for run in commands.cdk_runs] == ["deploy", "destroy", "deploy", "destroy"]
    apps = [run[run.index("--app") + 1] for run in commands.cdk_runs]
    assert ["--without-jwt" in app for app in apps] == [False, False, True, False]
    assert "Deploying again without JWT authorizers." in result.output
    outcome = parse_report(commands.report.read_text()).find_result(jwt.id)
    assert outcome is not None
    assert outcome.outcome is Outcome.NOT_RUN
    assert "Invalid authorizer type jwt" in outcome.reason
    assert account.stack_status is None


def test_a_failed_deletion_names_remaining_resources(
    commands: Commands, account: AwsServer
) -> None:
    account.failed_resources = [("my-function", "the function is in use")]
    account.log_groups = [f"{NAME}-EchoLog"]
    result = commands.run(cdk=("ok", "fail"))

    assert result.exit_code == 1
    assert f"the stack {NAME} (DELETE_FAILED)" in result.output
    assert "AWS::Lambda::Function my-function: the function is in use" in result.output
    assert f"the log group {NAME}-EchoLog" in result.output
    command = f"streaming-construct verify --destroy --prefix {NAME} --region us-east-1"
    assert command in result.output
    assert f"aws logs delete-log-group --log-group-name {NAME}-EchoLog" in result.output
    assert len(commands.state_files) == 1


def test_the_next_run_names_the_stack_and_destroy_deletes_it(
    commands: Commands, account: AwsServer
) -> None:
    commands.run(cdk=("ok", "fail"))
    again = commands.run()
    assert f"left the stack {NAME} in us-east-1" in again.output
    assert "Nothing was created:" in again.output

    result = commands.run("--destroy")

    assert result.exit_code == 0, result.output
    assert account.stack_status is None
    assert commands.state_files == []
    assert "No earlier run on this machine left a stack." in commands.run("--destroy").output


def test_unreadable_resources_are_reported_as_possibly_remaining(
    commands: Commands, account: AwsServer
) -> None:
    account.deny("DescribeLogGroups", "logs:DescribeLogGroups")

    result = commands.run()

    assert result.exit_code == 1
    assert f"perhaps log groups {NAME}-* (the permission logs:DescribeLogGroups" in result.output


def test_a_stack_of_another_account_is_not_deleted(commands: Commands, account: AwsServer) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", commands.environment["XDG_CACHE_HOME"])
        options = StackOptions(name_prefix=NAME, account="444455556666", region="us-east-1")
        RunState(options=options, started_at="2026-11-30T00:00:00Z").save()

    result = commands.run("--destroy")

    assert result.exit_code == 1
    assert "It belongs to account ********6666." in result.output
    assert commands.cdk_runs == []
    assert not account.observed["DescribeStacks"]


def test_keep_leaves_the_stack_and_prints_its_name(commands: Commands, account: AwsServer) -> None:
    result = commands.run(*commands.arguments, "--keep")

    assert [run[0] for run in commands.cdk_runs] == ["deploy"]
    assert account.stack_status == "CREATE_COMPLETE"
    assert f"The stack {NAME} is kept in us-east-1." in result.output
    assert len(commands.state_files) == 1


def test_a_missing_role_for_logs_is_created_and_stated(
    commands: Commands, account: AwsServer
) -> None:
    account.role_for_logs = None
    result = commands.run()

    assert "The stack creates one, which remains." in result.output.replace("\n", " ")
    assert "--cloud-watch-role" in json.dumps(commands.cdk_runs[0])


def test_the_options_reach_the_cdk_app(commands: Commands) -> None:
    boundary = "arn:aws:iam::111122223333:policy/limit"
    commands.run(*commands.arguments, "--permissions-boundary", boundary, "--prefix", "mine")

    app = commands.cdk_runs[0][commands.cdk_runs[0].index("--app") + 1]
    assert f"--name-prefix mine --permissions-boundary {boundary}" in app
    assert "--cloud-watch-role" not in app
