"""Lambda proxy integrations: an event in, the function's answer out, streamed or buffered.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from streaming_construct.knowledge import limits
from streaming_construct.knowledge.model import EndpointType, Integration, TransferMode
from streaming_construct.local.buffered_response import MalformedResponseError, buffered_answer
from streaming_construct.local.call import Call, Refused
from streaming_construct.local.gateway_response import (
    INTERNAL_ERROR,
    MALFORMED_RESPONSE,
    THROTTLED,
    not_served,
)
from streaming_construct.local.invocation import (
    FunctionError,
    FunctionThrottled,
    FunctionUnavailable,
)
from streaming_construct.local.prelude import PreludeError, PreludeParser
from streaming_construct.local.proxy_headers import as_sent, with_content_type
from streaming_construct.local.watch import Watch


class FunctionStream(Protocol):
    """A function's answer: what it wrote, as it wrote it."""

    request_id: str

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the bytes; raises `FunctionError` where the function failed."""

    async def aclose(self) -> None:
        """Stop reading; the function runs on."""


class Functions(Protocol):
    """What the gateway needs of Lambda; `LambdaService` is it."""

    def unavailable(self) -> Mapping[str, str]:
        """Return why functions cannot run here, by function id."""

    async def invoke(self, function_id: str, payload: bytes) -> FunctionStream:
        """Invoke a function and wait until its answer starts.

        Raises:
            FunctionError: The function failed before that.
            FunctionUnavailable: The function cannot run here.
        """


@dataclass(frozen=True)
class StreamLimits:
    """How long a streamed answer may last, and how long it may be silent, in seconds.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
    """

    total_seconds: float
    idle_seconds: float

    @staticmethod
    def of(endpoint_type: EndpointType) -> StreamLimits:
        """Return API Gateway's limits for an endpoint type."""
        edge = endpoint_type is EndpointType.EDGE
        return StreamLimits(
            limits.STREAM_MAX_SECONDS,
            limits.STREAM_IDLE_SECONDS_EDGE if edge else limits.STREAM_IDLE_SECONDS_REGIONAL,
        )


@dataclass(frozen=True)
class LambdaIntegration:
    """Answers calls by invoking functions."""

    functions: Functions
    binary_media_types: tuple[str, ...]
    stream_limits: StreamLimits

    async def answer(self, call: Call, integration: Integration, event: bytes) -> None:
        """Invoke the integration's function and hand its answer on.

        Raises:
            Refused: There is nothing of the function's to send; the gateway answers.
            Interrupted: The time was over, or the client went away.
            FunctionError: The function failed after the head of its answer was sent.
        """
        call.exchange.integration = integration
        if integration.transfer_mode is TransferMode.STREAM:
            await self._stream(call, integration, event)
        else:
            await self._buffer(call, integration, event)

    async def _stream(self, call: Call, integration: Integration, event: bytes) -> None:
        """Hand the body on, byte for byte and as it comes."""
        parser = PreludeParser()
        async with self._watch(call, integration) as watch:
            try:
                async with self._invocation(call, integration, event) as invocation:
                    async for data in invocation:
                        watch.progress()
                        if call.responder.started:
                            await call.send(data)
                        elif parsed := parser.feed(data):
                            prelude, body = parsed
                            call.exchange.integration_status = prelude.status
                            headers = with_content_type(as_sent(prelude.headers))
                            await call.start(prelude.status, headers)
                            await call.send(body)
                        watch.progress()
                    if not call.responder.started:
                        raise parser.end()
            except PreludeError as error:
                raise Refused(INTERNAL_ERROR, str(error)) from error
            except FunctionError as error:
                if call.responder.started:
                    raise
                raise Refused(MALFORMED_RESPONSE, f"the function failed: {error}") from error
        await call.responder.end()

    async def _buffer(self, call: Call, integration: Integration, event: bytes) -> None:
        """Gather the answer whole, as Lambda's Invoke does, then send it."""
        output = bytearray()
        async with self._watch(call, integration):
            try:
                async with self._invocation(call, integration, event) as invocation:
                    async for data in invocation:
                        output += data
                        if len(output) > limits.FUNCTION_PAYLOAD_MAX_BYTES:
                            most = limits.FUNCTION_PAYLOAD_MAX_BYTES
                            why = f"the function returned more than {most} bytes"
                            raise Refused(MALFORMED_RESPONSE, why)
            except FunctionError as error:
                raise Refused(MALFORMED_RESPONSE, f"the function failed: {error}") from error
        try:
            answer = buffered_answer(
                bytes(output),
                accept=call.request.header("accept"),
                binary_media_types=self.binary_media_types,
            )
        except MalformedResponseError as error:
            raise Refused(MALFORMED_RESPONSE, str(error)) from error
        call.exchange.integration_status = answer.status
        await call.answer(answer)

    def _watch(self, call: Call, integration: Integration) -> Watch:
        seconds = (integration.timeout_ms or limits.INTEGRATION_TIMEOUT_DEFAULT_MS) / 1000
        streamed = integration.transfer_mode is TransferMode.STREAM
        return Watch(
            total_seconds=min(seconds, self.stream_limits.total_seconds),
            idle_seconds=self.stream_limits.idle_seconds if streamed else None,
            gone=call.http.disconnected,
        )

    @asynccontextmanager
    async def _invocation(
        self, call: Call, integration: Integration, event: bytes
    ) -> AsyncIterator[FunctionStream]:
        call.exchange.invoked = time.monotonic()
        try:
            invocation = await self.functions.invoke(integration.function or "", event)
        except FunctionUnavailable as error:
            raise Refused(not_served(str(error))) from error
        except FunctionThrottled as error:
            raise Refused(THROTTLED, f"the function is throttled: {error}") from error
        call.exchange.integration_request_id = invocation.request_id
        try:
            yield invocation
        finally:
            call.exchange.integration_ended = time.monotonic()
            await invocation.aclose()
