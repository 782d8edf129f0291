"""`ReloadableGateway`: runs the phases of API Gateway for each request.

docs/local-gateway.md lists the response to each kind of failure.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from streaming_construct.local.gateway.access_log import AccessLogRecord, format_access_log_line
from streaming_construct.local.gateway.authorizers.user_pools import UserPools
from streaming_construct.local.gateway.client_checks.cors_check import find_cors_problem
from streaming_construct.local.gateway.context import RequestContext, ResponseError
from streaming_construct.local.gateway.gateway_responses import (
    GatewayResponseError,
    render_gateway_response,
)
from streaming_construct.local.gateway.limits.deadlines import AbortReason, ResponseAborted
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.phases import ENDPOINT_PHASES, ServedApi
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.request_line import format_request_line
from streaming_construct.local.gateway.response import ResponseWriter
from streaming_construct.local.gateway.workers.worker_pool import WorkerPool
from streaming_construct.local.http.request import Request
from streaming_construct.local.http.response_writer import ResponseWriter as HttpResponseWriter
from streaming_construct.local.http.server import serve
from streaming_construct.local.lambda_.invocation import Functions
from streaming_construct.model.api import ApiModel

AccessLog = Callable[[str, "int | None"], None]
"""Receives a line for each request, and the status of its response, None if none was sent."""


@dataclass(frozen=True)
class RunningGateway:
    """A gateway that listens on `port`."""

    port: int
    gateway: ReloadableGateway


@asynccontextmanager
async def serve_api(
    api: ApiModel,
    functions: Functions,
    *,
    console: Callable[[str], None],
    access_log: AccessLog | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    options: GatewayOptions | None = None,
    limits: GatewayLimits | None = None,
    user_pools: UserPools | None = None,
) -> AsyncIterator[RunningGateway]:
    """Serve an API until the context ends.

    Args:
        api: The API.
        functions: The functions of its integrations and authorizers.
        console: Receives a line with the cause of each response that failed.
        access_log: Receives a line for each request. Default: `console` does.
        host: The address to listen on.
        port: The port to listen on. Default: 0, a free one.
        options: Default: those of `GatewayOptions`.
        limits: Sizes and times. Default: those of the API's endpoint type under the options.
        user_pools: The user pools that sign tokens. Default: new ones.

    Raises:
        OSError: The gateway cannot listen on the address.
    """
    options = options or GatewayOptions()
    user_pools = user_pools or UserPools()
    workers = WorkerPool()

    def load(model: ApiModel) -> ServedApi:
        return ServedApi.load(
            model, functions, user_pools, workers, host=host, options=options, limits=limits
        )

    gateway = ReloadableGateway(
        load, api, console=console, access_log=access_log or (lambda line, _: console(line))
    )
    try:
        async with serve(gateway.handle, host, port, report_rejection=console) as listening:
            yield RunningGateway(listening.port, gateway)
    finally:
        await workers.close()


class ReloadableGateway:
    """Handles requests by the current version of an API."""

    def __init__(
        self,
        load: Callable[[ApiModel], ServedApi],
        api: ApiModel,
        *,
        console: Callable[[str], None],
        access_log: AccessLog,
    ) -> None:
        self._load = load
        self._console = console
        self._access_log = access_log
        self.reload(api)

    def reload(self, api: ApiModel) -> None:
        """Serve this API from the next request on; requests in flight keep their version."""
        self._api = self._load(api)

    async def handle(self, http: Request, writer: HttpResponseWriter) -> None:
        """Handle one request: run the phases, send the response, write the access log."""
        api = self._api
        try:
            request = GatewayRequest.read(
                http,
                stage=api.model.stage.name,
                base_path=api.options.base_path,
                source_ip=api.options.source_ip,
            )
        except ValueError as error:
            self._console(f"{http.peer}: 400, the target of the request is not valid: {error}")
            await writer.start(400, [("Content-Length", "0")])
            await writer.end()
            return
        context = RequestContext(
            http, request, ResponseWriter(http, writer, request), api.limits.request_bytes
        )
        try:
            await self._run_phases(api, context)
        finally:
            self._log(api, context)

    async def _run_phases(self, api: ServedApi, context: RequestContext) -> None:
        try:
            for check in ENDPOINT_PHASES:
                await check(api, context)
            for phase in api.list_method_phases(context.route):
                if response := await phase(api, context):
                    await context.writer.send_response(response)
        except GatewayResponseError as error:
            await self._send_gateway_response(api, context, error)
        except ResponseAborted as error:
            context.error = ResponseError(str(error))
            self._abort(context, error)
        is_from_page = context.request.get_header("origin") is not None
        if is_from_page and context.writer.headers_sent_at is not None:
            has_preflight = any(route.method == "OPTIONS" for route in api.model.routes)
            problem = find_cors_problem(
                context.request, context.writer.headers, has_preflight=has_preflight
            )
            if problem:
                self._report(context, problem)

    async def _send_gateway_response(
        self, api: ServedApi, context: RequestContext, error: GatewayResponseError
    ) -> None:
        response = error.gateway_response
        context.error = ResponseError(response.message or str(error), response.response_type)
        rendered = render_gateway_response(
            response, api.model, context.request, api.build_context_variables(context)
        )
        self._report(context, f"{rendered.status}, {error}")
        try:
            await context.writer.send_response(rendered, from_integration=False)
        except ResponseAborted as aborted:
            self._abort(context, aborted)

    def _abort(self, context: RequestContext, aborted: ResponseAborted) -> None:
        """End a response without its terminating chunk, so that the client sees the failure."""
        if aborted.reason is AbortReason.CLIENT_DISCONNECTED:
            self._report(context, str(aborted))
        else:
            self._report(context, f"cut after {context.writer.sent_bytes} bytes of body: {aborted}")
            context.writer.abort()

    def _report(self, context: RequestContext, cause: str) -> None:
        self._console(f"{context.request.method} {context.request.full_path}: {cause}")

    def _log(self, api: ServedApi, context: RequestContext) -> None:
        if api.options.quiet:
            return
        record = AccessLogRecord.from_context(context)
        template = api.model.stage.access_log_format
        if template and api.options.access_log:
            line = self._format_access_log_line(api, context, template, record)
        else:
            request = context.request
            line = format_request_line(
                request.method, request.full_path, record, ended_at=time.monotonic()
            )
        self._access_log(line, record.status)

    def _format_access_log_line(
        self, api: ServedApi, context: RequestContext, template: str, record: AccessLogRecord
    ) -> str:
        variables = api.build_context_variables(context)
        if api.options.base_path is not None:
            variables["customDomain"] = {"basePathMatched": api.options.base_path}
        return format_access_log_line(
            template, variables, record, trace_id=context.request.trace_id
        )
