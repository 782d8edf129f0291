"""The deployed API that is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from streaming_construct.knowledge.model import ApiModel
from streaming_construct.sources.deployed.api import DeployedApi, read_deployed_api
from streaming_construct.sources.deployed.aws import Aws
from streaming_construct.sources.deployed.stacks import DeployedStack, api_of, read_deployed_stack
from streaming_construct.sources.deployed.unanswered import NotFoundError
from streaming_construct.sources.source_error import SourceError
from streaming_construct.sources.template import read_api


@dataclass(frozen=True, kw_only=True)
class Patient:
    """A deployed API; `seconds` is how far back its logs and metrics are read."""

    aws: Aws
    deployed: DeployedApi
    model: ApiModel
    stack: DeployedStack | None
    seconds: float


def find_patient(
    aws: Aws, *, api: str | None, stack: str | None, stage: str | None, seconds: float
) -> Patient:
    """Read the API of that id, or the one of a stack.

    Raises:
        AwsRefusedError, UnansweredError: AWS does not answer.
        SourceError: There is no such API, stack or stage, or more than one.
    """
    deployed_stack = None if stack is None else read_deployed_stack(aws, stack)
    api_id = str(api) if deployed_stack is None else api_of(deployed_stack, api)
    try:
        deployed = read_deployed_api(aws, api_id, stage)
    except NotFoundError as error:
        raise SourceError(_nothing_there(aws, api_id)) from error
    return Patient(
        aws=aws,
        deployed=deployed,
        model=read_api((deployed.stack,)),
        stack=deployed_stack,
        seconds=seconds,
    )


def _nothing_there(aws: Aws, api_id: str) -> str:
    try:
        found = aws.ask("apigatewayv2", "get_api", ApiId=api_id)
    except NotFoundError:
        return (
            f"there is no REST API {api_id} in account {aws.account}, {aws.region}: check --api,"
            " --region and --profile"
        )
    kind = found.get("ProtocolType", "HTTP")
    return f"{api_id} is {'an' if kind == 'HTTP' else 'a'} {kind} API, and only REST APIs stream"
