"""Lambda functions as the integrations of an API's routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aws_cdk import Aws, Stack
from constructs import Construct

from streaming_construct.aws.integration_uri import IntegrationUri, TransferMode
from streaming_construct.constructs.cdk.cloudformation_values import (
    convert_to_join,
    has_token,
)
from streaming_construct.constructs.functions.api_environment import ApiEnvironmentVariables
from streaming_construct.constructs.functions.function_reader import (
    FunctionInfo,
    check_account,
)
from streaming_construct.model.api import Route
from streaming_construct.model.functions import Function
from streaming_construct.model.integrations import Integration
from streaming_construct.rules.rule import Finding


class LambdaIntegrations:
    """The Lambda integrations of one API.

    Each token is read once, because reading it is a round trip to Node.js. `credentials` is the ARN
    of the role that invokes the functions, or a token for it. `environment` are the variables that
    the API sets for its functions.
    """

    def __init__(
        self, api: Construct, credentials: str, environment: ApiEnvironmentVariables
    ) -> None:
        stack = Stack.of(api)
        self.account = stack.account
        self._partition, self._region = stack.partition, stack.region
        self.credentials = credentials
        self._environment = environment
        self._uris: dict[tuple[str, TransferMode], str] = {}
        self._bound: dict[str, FunctionInfo] = {}
        self._in_use: dict[str, Function] = {}

    @property
    def functions(self) -> dict[str, Function]:
        """The functions of the API's routes, by their ARN."""
        return dict(self._in_use)

    def bind(self, function: FunctionInfo, mode: TransferMode, timeout_ms: int) -> Integration:
        """Return the integration that invokes `function`."""
        self._bound[function.arn] = function
        return Integration(
            transfer_mode=mode,
            uri=self.build_uri(function, mode),
            function=function.arn,
            credentials=self.credentials,
            timeout_ms=timeout_ms,
        )

    def list_functions(self, routes: Iterable[Route]) -> dict[str, FunctionInfo]:
        """Return the functions of `routes` by their ARN; those that a document names are not."""
        arns = dict.fromkeys(route.integration.function for route in routes)
        return {arn: self._bound[arn] for arn in arns if arn in self._bound}

    def build_uri(self, handler: FunctionInfo, mode: TransferMode) -> str:
        """Return the URI by which API Gateway invokes `handler`."""
        key = (handler.arn, mode)
        if key not in self._uris:
            self._uris[key] = str(
                IntegrationUri(
                    partition=self._partition,
                    region=self._find_region(handler),
                    function_arn=handler.arn,
                    transfer_mode=mode,
                )
            )
        return self._uris[key]

    def build_uri_values(self) -> dict[str, Any]:
        """Return the CloudFormation values of the URIs of functions in the same Region, by URI."""
        pseudo_parameters: dict[str, Any] = {}
        # The partition of a stack is a literal or this pseudo parameter. The Region can be a token
        # of the caller.
        if has_token(self._partition):
            pseudo_parameters[self._partition] = {"Ref": "AWS::Partition"}
        if has_token(self._region) and self._region == Aws.REGION:
            pseudo_parameters[self._region] = {"Ref": "AWS::Region"}
        # For a function of another Region, CDK's token is a list of parts. Within a string, CDK
        # merges the parts.
        return {
            uri: convert_to_join(uri, pseudo_parameters)
            for uri in self._uris.values()
            if f":{self._region}:lambda:path/" in uri
        }

    def _find_region(self, handler: FunctionInfo) -> str:
        """Return the Region in which the function is, as far as it is known; else the stack's."""
        if handler.parsed_arn is None and has_token(self._region):
            return self._region
        _, region = handler.read_account_and_region()
        return self._region if has_token(region) else region

    def use(self, routes: Iterable[Route]) -> Iterator[Finding]:
        """Set the environment of functions that are new to the API; yield what to warn of."""
        for arn, function in self.list_functions(routes).items():
            if arn not in self._in_use:
                self._in_use[arn] = function.model
                self._environment.apply(function)
                yield from check_account(function, self.account)
