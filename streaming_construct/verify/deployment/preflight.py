"""The checks before anything is created. All problems are reported at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from streaming_construct.deployed.client import AwsWriteClient
from streaming_construct.deployed.errors import AwsAccessError, AwsCallError, NotFoundError
from streaming_construct.verify.deployment.cdk_cli import find_cdk_command
from streaming_construct.verify.deployment.stack_options import StackOptions

USER_AGENT: Final = "streaming-construct-verify"

# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
_BOOTSTRAP_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
_BOOTSTRAP_VERSION: Final = 6
# The credentials of any Region are checked in this one if none is chosen.
_ANY_REGION: Final = "us-east-1"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
_STACK_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_POLICY_ARN: Final = re.compile(r"arn:[\w-]+:iam::(?:\d{12}|aws):policy/[\w+=,.@/-]+")


class PreflightError(Exception):
    """Nothing was created. `problems` has a sentence for each cause."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Preflight:
    """The results of the checks: the client, the command of the CDK CLI, and the stack."""

    aws: AwsWriteClient
    cdk_command: tuple[str, ...]
    options: StackOptions


def check_before_deployment(
    *,
    name_prefix: str,
    region: str | None = None,
    profile: str | None = None,
    permissions_boundary: str | None = None,
) -> Preflight:
    """Check the account, the Region and this machine. Creates nothing.

    Raises:
        PreflightError: Something is missing, or a stack of this name exists.
    """
    problems = list(_find_option_problems(name_prefix, permissions_boundary))
    cdk_command = _check_programs(problems)
    aws = _connect(problems, region, profile)
    account = _check_account(problems, aws, region or _ANY_REGION, profile)
    has_role = False
    if aws is not None and account is not None:
        _check(problems, lambda: _check_bootstrap(problems, aws, account))
        _check(problems, lambda: _check_stack(problems, aws, name_prefix))
        has_role = bool(_check(problems, lambda: _read_log_role(aws)))
    if problems or aws is None or account is None or cdk_command is None:
        raise PreflightError(problems)
    options = StackOptions(
        name_prefix=name_prefix,
        account=account,
        region=aws.region,
        profile=profile,
        permissions_boundary=permissions_boundary,
        cloud_watch_role=not has_role,
    )
    return Preflight(aws, cdk_command, options)


def check_before_deletion(region: str, profile: str | None) -> tuple[AwsWriteClient, str]:
    """Return the client and the account for the deletion of a stack.

    Raises:
        PreflightError: There are no credentials.
    """
    problems: list[str] = []
    aws = _connect(problems, region, profile)
    account = _check_account(problems, aws, region, profile)
    if problems or aws is None or account is None:
        raise PreflightError(problems)
    return aws, account


def _find_option_problems(name_prefix: str, permissions_boundary: str | None) -> Iterator[str]:
    if not _STACK_NAME.fullmatch(name_prefix):
        yield (
            f"--prefix {name_prefix!r} is not the name of a stack. Pass letters, digits and hyphens"
            " that begin with a letter, at most 128."
        )
    if permissions_boundary is not None and not _POLICY_ARN.fullmatch(permissions_boundary):
        yield (
            f"--permissions-boundary {permissions_boundary!r} is not the ARN of a managed policy."
            " Pass one such as arn:aws:iam::111122223333:policy/Boundary."
        )


def _check_programs(problems: list[str]) -> tuple[str, ...] | None:
    """Return the command of the CDK CLI."""
    command = find_cdk_command()
    if shutil.which("node") is None:
        problems.append("Node.js is not on PATH. Install Node.js 22 or newer: the CDK needs it.")
    elif command is None:
        problems.append("Neither cdk nor npx is on PATH. Install npm, or `aws-cdk` with it.")
    return command


def _connect(problems: list[str], region: str | None, profile: str | None) -> AwsWriteClient | None:
    try:
        return AwsWriteClient(region=region, profile=profile, user_agent=USER_AGENT)
    except AwsAccessError as error:
        problems.append(_format_error(error))
        return None


def _check_account(
    problems: list[str], aws: AwsWriteClient | None, region: str, profile: str | None
) -> str | None:
    """Return the account of the credentials. Without a Region, another Region states it."""
    if aws is None:
        aws = _connect([], region, profile)
    if aws is None:
        return None
    client = aws
    return _check(problems, lambda: client.account)


def _check(problems: list[str], check: Callable[[], str | None]) -> str | None:
    try:
        return check()
    except (AwsAccessError, AwsCallError) as error:
        problems.append(_format_error(error))
        return None


def _check_bootstrap(problems: list[str], aws: AwsWriteClient, account: str) -> None:
    command = f"npx --yes aws-cdk@2 bootstrap aws://{account}/{aws.region}"
    try:
        parameter = aws.call("ssm", "get_parameter", Name=_BOOTSTRAP_PARAMETER)["Parameter"]
    except NotFoundError:
        problems.append(f"The Region {aws.region} is not bootstrapped. Run `{command}`.")
        return
    version = str(parameter["Value"])
    if version.isdecimal() and int(version) < _BOOTSTRAP_VERSION:
        problems.append(
            f"The bootstrap stack has version {version}; the CDK needs {_BOOTSTRAP_VERSION}."
            f" Run `{command}`."
        )


def _check_stack(problems: list[str], aws: AwsWriteClient, name: str) -> None:
    status = read_stack_status(aws, name)
    if status is not None:
        problems.append(
            f"A stack {name} exists in {aws.region} ({status}). Choose another --prefix, or"
            " delete it: `streaming-construct verify --destroy` deletes stacks of earlier runs."
        )


def read_stack_status(aws: AwsWriteClient, name: str) -> str | None:
    """Return the status of a stack, None if there is no such stack.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
    """
    try:
        (stack,) = aws.call("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    except NotFoundError:
        return None
    status = str(stack["StackStatus"])
    return None if status == "DELETE_COMPLETE" else status


def _read_log_role(aws: AwsWriteClient) -> str | None:
    """Return API Gateway's role for logs, which all APIs of the account and Region share."""
    role = aws.call("apigateway", "get_account").get("cloudwatchRoleArn")
    return str(role) if role else None


def _format_error(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
