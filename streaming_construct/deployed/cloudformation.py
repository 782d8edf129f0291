"""Deployed stacks: the API that a stack has, and its template with the names from AWS.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streaming_construct.deployed.client import AwsClient
from streaming_construct.deployed.errors import AwsCallError, NotFoundError
from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.stack import Stack


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A stack, its parameters, and its resources by logical id: `(type, physical id)`."""

    name: str
    parameters: Mapping[str, str]
    resources: Mapping[str, tuple[str, str]]


def read_deployed_stack(aws: AwsClient, name: str) -> DeployedStack:
    """Read what a stack consists of.

    Raises:
        AwsAccessError: AWS cannot be called.
        SourceError: There is no such stack.
        AwsCallError: It cannot be read.
    """
    try:
        (description,) = aws.call("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    except NotFoundError as error:
        raise SourceError(
            f"stack {name} does not exist in account {aws.account}, {aws.region}. Check --stack, "
            "--region and --profile."
        ) from error
    resources = aws.paginate(
        "cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=name
    )
    return DeployedStack(
        name=str(description["StackName"]),
        parameters={
            parameter["ParameterKey"]: parameter.get("ResolvedValue")
            or parameter.get("ParameterValue", "")
            for parameter in as_list(description.get("Parameters"))
        },
        resources={
            resource["LogicalResourceId"]: (
                resource["ResourceType"],
                resource["PhysicalResourceId"],
            )
            for resource in resources
            if resource.get("PhysicalResourceId")
        },
    )


def find_rest_api(stack: DeployedStack, logical_id: str | None) -> str:
    """Return the id of the REST API of a stack; `logical_id` chooses among several.

    Raises:
        SourceError: It has none, or several and nothing chooses.
    """
    apis = {
        name: physical_id
        for name, (kind, physical_id) in stack.resources.items()
        if kind == "AWS::ApiGateway::RestApi"
    }
    if logical_id is not None:
        apis = {
            name: physical_id
            for name, physical_id in apis.items()
            if logical_id in (name, physical_id)
        }
    if not apis:
        name = f" {logical_id}" if logical_id else ""
        raise SourceError(
            f"stack {stack.name} contains no REST API{name}. Check --stack and --api."
        )
    if len(apis) > 1:
        raise SourceError(
            f"stack {stack.name} contains several REST APIs. Pass --api with one of "
            f"{', '.join(apis)}."
        )
    return next(iter(apis.values()))


def read_processed_template(aws: AwsClient, stack: DeployedStack) -> Stack:
    """Return the stack's template, transforms applied, with the names that AWS gave.

    Raises:
        AwsAccessError, AwsCallError: The call fails, or PyYAML is missing for a YAML template.
    """
    body: Any = aws.call(
        "cloudformation", "get_template", StackName=stack.name, TemplateStage="Processed"
    )["TemplateBody"]
    return Stack(
        names=(stack.name,),
        file=Path(f"{stack.name}.template"),
        template=_read_untransformed_template(
            body if isinstance(body, Mapping) else _parse_yaml(str(body))
        ),
        account=aws.account,
        region=aws.region,
        physical_ids={name: physical_id for name, (_, physical_id) in stack.resources.items()},
    )


def _read_untransformed_template(template: Mapping[str, Any]) -> dict[str, Any]:
    # A processed template still names the transforms that made it.
    return {name: section for name, section in template.items() if name != "Transform"}


def _parse_yaml(text: str) -> Mapping[str, Any]:
    try:
        from streaming_construct.documents.cloudformation_yaml import parse_yaml

        return as_mapping(parse_yaml(text, "the stack's template", allow_duplicates=True))
    except SourceError as error:
        raise AwsCallError(str(error)) from error
