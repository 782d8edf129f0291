"""Lambda proxy integrations: invoke a function, return or stream its response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.context import IntegrationInvocation, RequestContext
from streaming_construct.local.gateway.gateway_responses import (
    API_CONFIGURATION_ERROR,
    INTEGRATION_TIMEOUT,
    MALFORMED_PROXY_RESPONSE,
    REQUEST_TOO_LARGE,
    GatewayResponseError,
    create_not_served_response,
)
from streaming_construct.local.gateway.integrations.buffered_response import (
    MalformedProxyResponseError,
    parse_proxy_response,
)
from streaming_construct.local.gateway.integrations.prelude import (
    Prelude,
    PreludeError,
    PreludeParser,
    read_prelude,
)
from streaming_construct.local.gateway.integrations.shaping import (
    coalesce,
    create_aws_bandwidth_limits,
    limit_bandwidth,
)
from streaming_construct.local.gateway.limits.deadlines import (
    AbortReason,
    ResponseAborted,
    ResponseDeadline,
)
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.response import Response, ResponseWriter
from streaming_construct.local.gateway.workers.worker_pool import (
    LARGE_BYTES,
    WorkerPool,
    WorkTimeoutError,
)
from streaming_construct.local.lambda_.invocation import (
    CallerContext,
    Event,
    FunctionError,
    FunctionNotRunnableError,
    Functions,
    FunctionStream,
    FunctionThrottledError,
    TenantIdError,
)
from streaming_construct.model.integrations import Integration


@dataclass(frozen=True)
class LambdaIntegration:
    """Invokes the functions of an API's Lambda proxy integrations."""

    functions: Functions
    binary_media_types: tuple[str, ...]
    limits: GatewayLimits
    options: GatewayOptions
    workers: WorkerPool

    async def invoke(
        self,
        context: RequestContext,
        integration: Integration,
        event: Event,
        *,
        tenant_id: str = "",
    ) -> Response | None:
        """Invoke a function with an event, and for a tenant if there is one.

        An event that may exceed Lambda's limit has to be JSON.

        Returns:
            The response of a BUFFERED integration. None for a STREAM integration, whose response
            has then been sent.

        Raises:
            GatewayResponseError: The function has no response, and nothing was sent.
            ResponseAborted: The response ended early after its head, or the client disconnected.
        """
        invocation = context.integration_invocation = IntegrationInvocation(integration)
        if isinstance(event, bytes) and len(event) > self.limits.payload_bytes:
            reason = f"Lambda accepts events of up to {self.limits.payload_bytes} bytes"
            raise GatewayResponseError(REQUEST_TOO_LARGE, reason)
        deadline = ResponseDeadline(
            total_seconds=self.limits.get_response_timeout(integration),
            idle_seconds=self.limits.get_idle_timeout(integration),
            disconnected=context.http.disconnected,
        )
        is_stream = integration.transfer_mode is TransferMode.STREAM
        output = b""
        try:
            async with deadline:
                stream = await self._start(invocation, event, context.request.trace_id, tenant_id)
                try:
                    if is_stream:
                        await self._pass_on(context, invocation, stream, deadline)
                    else:
                        output = await self._collect(stream)
                finally:
                    invocation.ended_at = time.monotonic()
                    await stream.aclose()
        except FunctionError as error:
            raise _create_failure(error, is_started=context.writer.is_started) from error
        except ResponseAborted as error:
            is_timeout = error.reason in (AbortReason.TIMEOUT, AbortReason.IDLE_TIMEOUT)
            if is_timeout and not context.writer.is_started:
                raise GatewayResponseError(INTEGRATION_TIMEOUT, str(error)) from error
            raise
        if is_stream:
            await context.writer.end()
            return None
        return await self._create_buffered_response(context, invocation, output)

    async def _start(
        self, invocation: IntegrationInvocation, event: Event, trace_id: str, tenant_id: str
    ) -> FunctionStream:
        """Invoke the function, until its response starts."""
        invocation.started_at = time.monotonic()
        try:
            stream = await self.functions.invoke(
                invocation.integration.function or "",
                event,
                trace_id=trace_id,
                caller=CallerContext(tenant_id=tenant_id),
                qualifier=invocation.integration.qualifier,
            )
        except FunctionNotRunnableError as error:
            raise GatewayResponseError(create_not_served_response(str(error))) from error
        except FunctionThrottledError as error:
            # https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
            reason = f"Lambda returned 429: {error}"
            raise GatewayResponseError(API_CONFIGURATION_ERROR, reason) from error
        except TenantIdError as error:
            reason = f"Lambda returned 400: {error}"
            raise GatewayResponseError(API_CONFIGURATION_ERROR, reason) from error
        invocation.request_id = stream.request_id
        return stream

    async def _pass_on(
        self,
        context: RequestContext,
        invocation: IntegrationInvocation,
        stream: FunctionStream,
        deadline: ResponseDeadline,
    ) -> None:
        """Send the function's response chunk by chunk, as it arrives."""
        writer = context.writer
        writer.max_bytes = self.limits.stream_bytes
        try:
            if (unparsed := stream.take_prelude()) is not None:
                deadline.reset_idle_timer()
                prelude, first_chunk = read_prelude(unparsed), b""
            else:
                prelude, first_chunk = await _parse_prelude(aiter(stream), deadline)
            headers = prelude.build_client_headers()
        except PreludeError as error:
            raise GatewayResponseError(API_CONFIGURATION_ERROR, str(error)) from error
        invocation.status = prelude.status
        await writer.start(prelude.status, headers)
        client = _Client(writer, deadline)
        if self.options.throttles_stream:
            async for data in self._shape(first_chunk, aiter(stream), deadline):
                client.feed(data)
                await client.wait_writable()
        else:
            client.feed(first_chunk)
            await stream.pipe_to(client)
        writer.check_length()

    def _shape(
        self, first_chunk: bytes, rest: AsyncIterator[bytes], deadline: ResponseDeadline
    ) -> AsyncIterator[bytes]:
        body = _track_progress(first_chunk, rest, deadline)
        if self.options.coalesce_bytes:
            body = coalesce(body, self.options.coalesce_bytes)
        if self.options.bandwidth:
            body = limit_bandwidth(body, create_aws_bandwidth_limits(self.options.time_scale))
        return body

    async def _collect(self, stream: FunctionStream) -> bytes:
        """Return the complete output, as Lambda's Invoke does."""
        output = bytearray()
        async for data in stream:
            output += data
            if len(output) > self.limits.payload_bytes:
                reason = f"the function returned more than {self.limits.payload_bytes} bytes"
                raise GatewayResponseError(MALFORMED_PROXY_RESPONSE, reason)
        return bytes(output)

    async def _create_buffered_response(
        self, context: RequestContext, invocation: IntegrationInvocation, output: bytes
    ) -> Response:
        try:
            arguments = (output, context.request.get_header("accept"), self.binary_media_types)
            if len(output) < LARGE_BYTES:
                response = parse_proxy_response(*arguments)
            else:
                response = await self.workers.run(parse_proxy_response, *arguments)
        except (MalformedProxyResponseError, WorkTimeoutError) as error:
            raise GatewayResponseError(MALFORMED_PROXY_RESPONSE, str(error)) from error
        invocation.status = response.status
        return response


class _Client:
    """The sink of a stream: each chunk goes to the client and restarts the idle time."""

    def __init__(self, writer: ResponseWriter, deadline: ResponseDeadline) -> None:
        self._writer = writer
        self._deadline = deadline

    def feed(self, data: bytes) -> None:
        self._deadline.reset_idle_timer()
        self._writer.write(data)

    def feed_now(self, *data: bytes) -> bool:
        self._deadline.reset_idle_timer()
        return self._writer.write_now(*data)

    def flush(self) -> None:
        self._writer.flush()

    async def wait_writable(self) -> None:
        await self._writer.drain()
        self._deadline.reset_idle_timer()


def _create_failure(error: FunctionError, *, is_started: bool) -> Exception:
    reason = f"the function failed: {error.summary}"
    if is_started:
        return ResponseAborted(AbortReason.FUNCTION_ERROR, reason)
    return GatewayResponseError(MALFORMED_PROXY_RESPONSE, reason)


async def _parse_prelude(
    chunks: AsyncIterator[bytes], deadline: ResponseDeadline
) -> tuple[Prelude, bytes]:
    """Return the prelude of a stream, and the bytes of the body that came with its end.

    Raises:
        PreludeError: The stream does not start with a prelude.
    """
    parser = PreludeParser()
    async for data in chunks:
        deadline.reset_idle_timer()
        if parsed := parser.feed(data):
            return parsed
    raise parser.end()


async def _track_progress(
    first_chunk: bytes, rest: AsyncIterator[bytes], deadline: ResponseDeadline
) -> AsyncIterator[bytes]:
    """Yield a body; each chunk restarts the idle time, even if `coalesce` holds it back."""
    if first_chunk:
        yield first_chunk
    async for data in rest:
        deadline.reset_idle_timer()
        yield data
