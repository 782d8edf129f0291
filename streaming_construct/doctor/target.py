"""`DeployedTarget`: the API that the command line names, and its resolution."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from streaming_construct.deployed.client import AwsClient
from streaming_construct.deployed.cloudformation import (
    DeployedStack,
    find_rest_api,
    read_deployed_stack,
)
from streaming_construct.deployed.errors import NotFoundError
from streaming_construct.deployed.rest_api import DeployedApi, read_deployed_api
from streaming_construct.documents.errors import SourceError
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.rules.deployed.http_apis import check_api_type
from streaming_construct.rules.rule import Finding
from streaming_construct.templates.reader.api_reader import read_declaration


@dataclass(frozen=True, kw_only=True)
class DeployedTarget:
    """A deployed API; `seconds` is how far back its logs and metrics are read."""

    aws: AwsClient
    deployed: DeployedApi
    declaration: Declaration
    stack: DeployedStack | None
    seconds: float


class NotARestApiError(Exception):
    """The id names an API of another type; `findings` are the findings about it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        super().__init__()
        self.findings = tuple(findings)


def resolve_target(
    aws: AwsClient, *, api: str | None, stack: str | None, stage: str | None, seconds: float
) -> DeployedTarget:
    """Read the API with an id, or the only API of a stack.

    Raises:
        AwsAccessError, AwsCallError: The call fails.
        NotARestApiError: It is an HTTP API.
        SourceError: There is no such API, stack or stage, or more than one.
    """
    deployed_stack = None if stack is None else read_deployed_stack(aws, stack)
    api_id = str(api) if deployed_stack is None else find_rest_api(deployed_stack, api)
    try:
        deployed = read_deployed_api(aws, api_id, stage)
    except NotFoundError as error:
        raise NotARestApiError(_check_api_type(aws, api_id)) from error
    return DeployedTarget(
        aws=aws,
        deployed=deployed,
        declaration=read_declaration((deployed.stack,)),
        stack=deployed_stack,
        seconds=seconds,
    )


def _check_api_type(aws: AwsClient, api_id: str) -> list[Finding]:
    try:
        api = aws.call("apigatewayv2", "get_api", ApiId=api_id)
    except NotFoundError as error:
        raise SourceError(
            f"REST API {api_id} does not exist in account {aws.account}, {aws.region}. "
            "Check --api, --region and --profile."
        ) from error
    arn = f"arn:{aws.partition}:apigateway:{aws.region}::/apis/{api_id}"
    protocol = str(api.get("ProtocolType"))
    findings = list(check_api_type(str(api.get("Name")), protocol, SourceLocation(arn=arn)))
    if not findings:
        raise SourceError(f"{api_id} is a {protocol} API, and only REST APIs stream responses")
    return findings
