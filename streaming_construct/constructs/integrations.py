"""Functions as the integrations of an API's routes."""

from __future__ import annotations

from aws_cdk import Duration, Stack, Token
from aws_cdk.aws_iam import IRole
from constructs import Construct

from streaming_construct.constructs.cors import CorsEnvironment
from streaming_construct.constructs.durations import milliseconds
from streaming_construct.constructs.handler import Handler
from streaming_construct.knowledge.cors import Cors, cors_environment
from streaming_construct.knowledge.integration_uri import IntegrationUri
from streaming_construct.knowledge.model import ApiModel, Function, Integration, TransferMode
from streaming_construct.knowledge.rules.timeouts import timeout_range_ms


class Integrations:
    """Makes integrations of functions for one API.

    What lives in Node.js (durations, tokens) is read once, however many routes share it: each
    reading is a round trip.
    """

    def __init__(self, api: Construct, role: IRole) -> None:
        stack = Stack.of(api)
        self.account = stack.account
        self._partition, self._region = stack.partition, stack.region
        self.credentials = role.role_arn
        self._durations: dict[Duration, int | None] = {}
        self._uris: dict[tuple[str, TransferMode], str] = {}
        self._in_use: dict[str, Function] = {}

    @property
    def functions(self) -> dict[str, Function]:
        """The functions in use, by their ARN."""
        return dict(self._in_use)

    def milliseconds(self, duration: Duration | None) -> int | None:
        """Return `duration` in milliseconds, or None where there is none or a token hides it."""
        if duration is None:
            return None
        if duration not in self._durations:
            self._durations[duration] = milliseconds(duration)
        return self._durations[duration]

    def integration(
        self, handler: Handler | None, mode: TransferMode, timeout_ms: int | None, api: ApiModel
    ) -> Integration:
        """Return the integration that invokes `handler`.

        Without a timeout it is the function's own, where that is known and may be that long, else
        the longest there is: API Gateway's own default of 29 seconds would cut most streams.
        """
        longest = timeout_range_ms(mode, api.buffered_timeout_max_ms)[1]
        if handler is None:
            return Integration(transfer_mode=mode, timeout_ms=timeout_ms)
        if timeout_ms is None:
            own = handler.model.timeout_seconds
            timeout_ms = longest if own is None else min(round(own * 1000), longest)
        return Integration(
            transfer_mode=mode,
            uri=self.uri(handler, mode),
            function=handler.arn,
            credentials=self.credentials,
            timeout_ms=timeout_ms,
        )

    def uri(self, handler: Handler, mode: TransferMode) -> str:
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

    def _region_of(self, handler: Handler) -> str:
        """Return the Region in which the function is, as far as it is known; else the stack's."""
        if handler.parts is None and Token.is_unresolved(self._region):
            return self._region
        _, region = handler.home()
        return self._region if Token.is_unresolved(region) else region

    def put_in_use(self, handler: Handler, cors: Cors | None) -> bool:
        """Count `handler` as in use, and tell it of `cors`; return whether it is new here."""
        if handler.arn in self._in_use:
            return False
        if cors is not None and isinstance(handler.underlying, CorsEnvironment):
            handler.underlying.set_cors_environment(cors_environment(cors))
        self._in_use[handler.arn] = handler.model
        return True
