"""Functions as the integrations of an API's routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aws_cdk import Stack, Token
from aws_cdk.aws_iam import IRole
from constructs import Construct

from streaming_construct.aws.integration_uri import IntegrationUri, TransferMode
from streaming_construct.constructs.functions.api_environment import ApiEnvironmentVariables
from streaming_construct.constructs.functions.function_reader import (
    FunctionInfo,
    cross_account_findings,
)
from streaming_construct.model.functions import Function
from streaming_construct.model.integrations import Integration
from streaming_construct.rules.rule import Finding


class LambdaIntegrations:
    """Makes integrations of functions for one API.

    What lives in Node.js (tokens) is read once, however many routes share it: each reading is a
    round trip. `environment` is what its functions are told.
    """

    def __init__(self, api: Construct, role: IRole, environment: ApiEnvironmentVariables) -> None:
        stack = Stack.of(api)
        self.account = stack.account
        self._partition, self._region = stack.partition, stack.region
        self.credentials = role.role_arn
        self._environment = environment
        self._uris: dict[tuple[str, TransferMode], str] = {}
        self._in_use: dict[str, Function] = {}

    @property
    def functions(self) -> dict[str, Function]:
        """The functions in use, by their ARN."""
        return dict(self._in_use)

    def integration(
        self, handler: FunctionInfo, mode: TransferMode, timeout_ms: int
    ) -> Integration:
        """Return the integration that invokes `handler`."""
        return Integration(
            transfer_mode=mode,
            uri=self.uri(handler, mode),
            function=handler.arn,
            credentials=self.credentials,
            timeout_ms=timeout_ms,
        )

    def uri(self, handler: FunctionInfo, mode: TransferMode) -> str:
        """Return the URI by which API Gateway invokes `handler`."""
        key = (handler.arn, mode)
        if key not in self._uris:
            self._uris[key] = str(
                IntegrationUri(
                    partition=self._partition,
                    region=self._region_of(handler),
                    function_arn=handler.arn,
                    transfer_mode=mode,
                )
            )
        return self._uris[key]

    def _region_of(self, handler: FunctionInfo) -> str:
        """Return the Region in which the function is, as far as it is known; else the stack's."""
        if handler.parsed_arn is None and Token.is_unresolved(self._region):
            return self._region
        _, region = handler.account_and_region()
        return self._region if Token.is_unresolved(region) else region

    def register(self, handlers: Iterable[FunctionInfo]) -> Iterator[Finding]:
        """Count `handlers` as in use; tell those that are new here, and yield what to warn of."""
        for handler in handlers:
            if handler.arn not in self._in_use:
                self._in_use[handler.arn] = handler.model
                self._environment.apply(handler)
                yield from cross_account_findings(handler, self.account)
