"""Lambda proxy integrations: an event in, the function's answer out, streamed or buffered.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.context import GatewayResponseError, RequestContext
from streaming_construct.local.gateway.deadlines import ResponseDeadline
from streaming_construct.local.gateway.gateway_responses import (
    API_CONFIGURATION_ERROR,
    MALFORMED_PROXY_RESPONSE,
    REQUEST_TOO_LARGE,
    not_served,
)
from streaming_construct.local.gateway.integrations.buffered_response import (
    MalformedProxyResponseError,
    proxy_response,
)
from streaming_construct.local.gateway.integrations.prelude import (
    Prelude,
    PreludeError,
    PreludeParser,
)
from streaming_construct.local.gateway.integrations.shaping import (
    aws_bandwidth_limits,
    coalesce,
    limit_bandwidth,
)
from streaming_construct.local.gateway.limits import GatewayLimits
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.lambda_.invocation import (
    FunctionError,
    FunctionNotRunnableError,
    Functions,
    FunctionStream,
    FunctionThrottledError,
)
from streaming_construct.model.integrations import Integration


@dataclass(frozen=True)
class LambdaIntegration:
    """Answers calls by invoking functions."""

    functions: Functions
    binary_media_types: tuple[str, ...]
    limits: GatewayLimits
    options: GatewayOptions

    async def answer(self, call: RequestContext, integration: Integration, event: bytes) -> None:
        """Invoke the integration's function and hand its answer on.

        Raises:
            Refused: There is nothing of the function's to send; the gateway answers.
            Interrupted: The time was over, the client went away, or the length was wrong.
            FunctionError: The function failed after the head of its answer was sent.
        """
        call.access_log_record.integration = integration
        if len(event) > self.limits.payload_bytes:
            why = f"Lambda takes no event of more than {self.limits.payload_bytes} bytes"
            raise GatewayResponseError(REQUEST_TOO_LARGE, why)
        if integration.transfer_mode is TransferMode.STREAM:
            await self._stream(call, integration, event)
        else:
            await self._buffer(call, integration, event)

    async def _stream(self, call: RequestContext, integration: Integration, event: bytes) -> None:
        """Hand the body on, byte for byte and as it comes."""
        call.max_bytes = self.limits.stream_bytes
        async with self._watch(call, integration) as watch:
            try:
                async with self._invocation(call, integration, event) as invocation:
                    written = aiter(invocation)
                    prelude, first = await _prelude(written, watch)
                    headers = prelude.sent_headers()
                    call.access_log_record.integration_status = prelude.status
                    await call.start(prelude.status, headers)
                    if self.options.throttles_stream:
                        written = self._shaped(first, written, watch)
                    else:
                        await call.send(first)
                    async for data in written:
                        watch.reset_idle_timer()
                        await call.send(data)
                        watch.reset_idle_timer()
                call.check_length()
            except PreludeError as error:
                raise GatewayResponseError(API_CONFIGURATION_ERROR, str(error)) from error
            except FunctionError as error:
                if call.responder.started:
                    raise
                raise GatewayResponseError(
                    MALFORMED_PROXY_RESPONSE, f"the function failed: {error}"
                ) from error
        await call.responder.end()

    def _shaped(
        self, first: bytes, rest: AsyncIterator[bytes], watch: ResponseDeadline
    ) -> AsyncIterator[bytes]:
        body = _track_progress(first, rest, watch)
        if self.options.coalesce_bytes:
            body = coalesce(body, self.options.coalesce_bytes)
        return (
            limit_bandwidth(body, aws_bandwidth_limits(self.options.time_scale))
            if self.options.bandwidth
            else body
        )

    async def _buffer(self, call: RequestContext, integration: Integration, event: bytes) -> None:
        """Gather the answer whole, as Lambda's Invoke does, then send it."""
        output = bytearray()
        async with self._watch(call, integration):
            try:
                async with self._invocation(call, integration, event) as invocation:
                    async for data in invocation:
                        output += data
                        if len(output) > self.limits.payload_bytes:
                            most = self.limits.payload_bytes
                            why = f"the function returned more than {most} bytes"
                            raise GatewayResponseError(MALFORMED_PROXY_RESPONSE, why)
            except FunctionError as error:
                raise GatewayResponseError(
                    MALFORMED_PROXY_RESPONSE, f"the function failed: {error}"
                ) from error
        try:
            answer = proxy_response(
                bytes(output),
                accept=call.request.header("accept"),
                binary_media_types=self.binary_media_types,
            )
        except MalformedProxyResponseError as error:
            raise GatewayResponseError(MALFORMED_PROXY_RESPONSE, str(error)) from error
        call.access_log_record.integration_status = answer.status
        await call.respond(answer)

    def _watch(self, call: RequestContext, integration: Integration) -> ResponseDeadline:
        return ResponseDeadline(
            total_seconds=self.limits.response_timeout(integration),
            idle_seconds=self.limits.idle_timeout(integration),
            gone=call.http.disconnected,
        )

    @asynccontextmanager
    async def _invocation(
        self, call: RequestContext, integration: Integration, event: bytes
    ) -> AsyncIterator[FunctionStream]:
        call.access_log_record.invoked_at = time.monotonic()
        try:
            invocation = await self.functions.invoke(
                integration.function or "", event, trace_id=call.request.trace_id
            )
        except FunctionNotRunnableError as error:
            raise GatewayResponseError(not_served(str(error))) from error
        except FunctionThrottledError as error:
            # https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
            raise GatewayResponseError(
                API_CONFIGURATION_ERROR, f"Lambda answered 429: {error}"
            ) from error
        call.access_log_record.integration_request_id = invocation.request_id
        try:
            yield invocation
        finally:
            call.access_log_record.integration_ended = time.monotonic()
            await invocation.aclose()


async def _prelude(written: AsyncIterator[bytes], watch: ResponseDeadline) -> tuple[Prelude, bytes]:
    """Read a stream up to the end of its prelude; return that, and what came with its end.

    Raises:
        PreludeError: It does not start with a prelude.
    """
    parser = PreludeParser()
    async for data in written:
        watch.reset_idle_timer()
        if parsed := parser.feed(data):
            return parsed
    raise parser.end()


async def _track_progress(
    first: bytes, rest: AsyncIterator[bytes], watch: ResponseDeadline
) -> AsyncIterator[bytes]:
    """Yield a body whose writes count as progress, even those that are held back."""
    if first:
        yield first
    async for data in rest:
        watch.reset_idle_timer()
        yield data
