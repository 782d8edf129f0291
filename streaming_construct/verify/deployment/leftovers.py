"""The resources that remain of a stack after its deletion."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from streaming_construct.deployed.client import AwsWriteClient
from streaming_construct.deployed.errors import AwsAccessError, AwsCallError
from streaming_construct.verify.deployment.preflight import read_stack_status
from streaming_construct.verify.deployment.stack_options import StackOptions


@dataclass(frozen=True)
class Leftover:
    """Something that remains: its name, and the command that deletes it."""

    name: str
    command: str
    is_stack: bool = False


def find_leftovers(aws: AwsWriteClient, options: StackOptions) -> list[Leftover]:
    """Return the stack and the log groups with its name. Those that cannot be read may remain."""
    name = options.name_prefix
    # The groups of the stack, and those that Lambda creates for functions without one.
    prefixes = (f"{name}-", f"/aws/lambda/{name}-")
    groups = [group for prefix in prefixes for group in _list_log_groups(aws, options, prefix)]
    return [*_find_stack(aws, options), *groups]


def _find_stack(aws: AwsWriteClient, options: StackOptions) -> list[Leftover]:
    try:
        return list(_list_stack_and_resources(aws, options))
    except (AwsAccessError, AwsCallError) as error:
        name = f"perhaps the stack {options.name_prefix} ({error})"
        return [Leftover(name, options.destroy_command, is_stack=True)]


def _list_stack_and_resources(aws: AwsWriteClient, options: StackOptions) -> Iterator[Leftover]:
    status = read_stack_status(aws, options.name_prefix)
    if status is None:
        return
    yield Leftover(
        f"the stack {options.name_prefix} ({status})", options.destroy_command, is_stack=True
    )
    resources = aws.paginate(
        "cloudformation",
        "list_stack_resources",
        "StackResourceSummaries",
        StackName=options.name_prefix,
    )
    for resource in resources:
        if resource["ResourceStatus"] == "DELETE_FAILED":
            reason = resource.get("ResourceStatusReason", "no reason given")
            name = resource.get("PhysicalResourceId") or resource["LogicalResourceId"]
            yield Leftover(
                f"{resource['ResourceType']} {name}: {reason}",
                options.destroy_command,
                is_stack=True,
            )


def _list_log_groups(aws: AwsWriteClient, options: StackOptions, prefix: str) -> list[Leftover]:
    try:
        groups = aws.paginate("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
    except (AwsAccessError, AwsCallError) as error:
        command = _format_aws_command(
            options, "logs", "describe-log-groups", "--log-group-name-prefix", prefix
        )
        return [Leftover(f"perhaps log groups {prefix}* ({error})", command)]
    names = [str(group["logGroupName"]) for group in groups]
    return [
        Leftover(
            f"the log group {name}",
            _format_aws_command(options, "logs", "delete-log-group", "--log-group-name", name),
        )
        for name in names
    ]


def _format_aws_command(options: StackOptions, *words: str) -> str:
    profile = ("--profile", options.profile) if options.profile else ()
    return shlex.join(["aws", *words, "--region", options.region, *profile])
