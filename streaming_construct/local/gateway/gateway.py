"""The gateway: HTTP in, route, event, function, HTTP out, as API Gateway does it.

What it answers to each fault is written down in docs/local-gateway.md.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.access_log import access_log_line
from streaming_construct.local.gateway.authorizers.authorization import Authorization
from streaming_construct.local.gateway.authorizers.user_pools import UserPools
from streaming_construct.local.gateway.context import GatewayResponseError, RequestContext
from streaming_construct.local.gateway.deadlines import AbortReason, ResponseAborted
from streaming_construct.local.gateway.host_check import is_own_host
from streaming_construct.local.gateway.integrations.lambda_proxy import LambdaIntegration
from streaming_construct.local.gateway.integrations.mock import MockError, mock_answer
from streaming_construct.local.gateway.limits import GatewayLimits
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.proxy_event import proxy_event, request_context
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.request_body import read_body
from streaming_construct.local.gateway.request_validation import RequestValidator
from streaming_construct.local.gateway.response import Response
from streaming_construct.local.gateway.router import Match, Router
from streaming_construct.local.gateway.throttling import Throttles
from streaming_construct.local.http.server import Request, ResponseWriter, serve
from streaming_construct.local.lambda_.invocation import FunctionError, Functions
from streaming_construct.model.api import ApiModel
from streaming_construct.model.unresolved import describe_unresolved


@asynccontextmanager
async def serve_api(
    api: ApiModel,
    functions: Functions,
    *,
    console: Callable[[str], None],
    host: str = "127.0.0.1",
    port: int = 0,
    options: GatewayOptions | None = None,
    limits: GatewayLimits | None = None,
) -> AsyncIterator[ReloadableGateway]:
    """Serve an API until the context ends; port 0 picks a free one.

    `console` is given a line for every request, and one with the cause of every answer that failed.
    `limits` default to those of the API's endpoint type under the options.

    Raises:
        OSError: The address cannot be listened on.
    """
    options = options or GatewayOptions()
    user_pools = UserPools()  # tokens made for one template are good for the next one, too

    def gateway_for(api: ApiModel) -> _Gateway:
        held = limits or GatewayLimits.of(api.endpoint_type, options)
        integration = LambdaIntegration(functions, api.binary_media_types, held, options)
        authorization = Authorization(api, functions, held, user_pools, options.source_ip)
        return _Gateway(api, integration, authorization, host=host, console=console)

    front = ReloadableGateway(gateway_for)
    front.reload(api)
    async with serve(front.handle, host, port) as server:
        front.listening_at(server.port)
        yield front


class ReloadableGateway:
    """Where requests come in: they go to the API of the moment, and stay with it to their end."""

    def __init__(self, gateway_for: Callable[[ApiModel], _Gateway]) -> None:
        self.port = 0
        self._gateway_for = gateway_for

    @property
    def authorization(self) -> Authorization:
        """Who may pass to the API of the moment."""
        return self._gateway.authorization

    @property
    def checks(self) -> RequestValidator:
        """What is checked of the requests to the API of the moment."""
        return self._gateway.checks

    def reload(self, api: ApiModel) -> None:
        """Serve this API to the requests that come from now on."""
        self._gateway = self._gateway_for(api)
        self._gateway.port = self.port

    def listening_at(self, port: int) -> None:
        """Tell at which port requests come in."""
        self.port = self._gateway.port = port

    async def handle(self, http: Request, responder: ResponseWriter) -> None:
        """Answer one request."""
        await self._gateway.handle(http, responder)


class _Gateway:
    """Answers the requests to one API."""

    def __init__(
        self,
        api: ApiModel,
        integration: LambdaIntegration,
        authorization: Authorization,
        *,
        host: str,
        console: Callable[[str], None],
    ) -> None:
        self.port = 0
        self._api = api
        self._lambda = integration
        self.authorization = authorization
        self._host = host
        self._console = console
        base_path = integration.options.base_path
        self._base_path = f"/{base_path}" if base_path else ""
        self._source_ip = integration.options.source_ip
        self._router = Router(api.routes)
        self._throttles = Throttles(api.stage.throttle)
        self.checks = RequestValidator(api)

    async def handle(self, http: Request, responder: ResponseWriter) -> None:
        """Answer one request, whatever becomes of it."""
        call = RequestContext(http, responder, self._request(http))
        try:
            await self._answer(call)
        except GatewayResponseError as refused:
            await self._send_gateway_response(call, refused)
        except ResponseAborted as interrupted:
            if interrupted.cut is AbortReason.GONE:
                self._report(call, str(interrupted))
            elif responder.started:
                self._abort_response(call, str(interrupted))
            else:
                await self._send_gateway_response(
                    call,
                    GatewayResponseError(gateway_responses.INTEGRATION_TIMEOUT, str(interrupted)),
                )
        except FunctionError as error:
            self._abort_response(call, f"the function failed: {error}")
        except ConnectionError:
            if not http.disconnected.done():
                raise
            self._report(call, "the client went away")
        finally:
            self._log(call)

    async def _answer(self, call: RequestContext) -> None:
        match = self._match_route(call)
        most = self._lambda.limits.request_bytes
        early = self.authorization.needs_body(match.route)
        if early:
            call.body = await read_body(call.http, max_bytes=most)
        await self.authorization.admit(call, match)
        if not self._throttles.try_acquire(match.route, call.request.method):
            raise GatewayResponseError(gateway_responses.THROTTLED)
        if not early:
            call.body = await read_body(call.http, max_bytes=most)
        self.checks.check(call, match.route)
        integration = match.route.integration
        if integration.type == "mock":
            await call.respond(self._mock(call, match))
            return
        event = proxy_event(self._api, match, call.request, call.body, call.authorizer_result)
        payload = json.dumps(event, separators=(",", ":")).encode()
        await self._lambda.answer(call, integration, payload)

    def _request(self, http: Request) -> GatewayRequest:
        target, headers = http.target, tuple(http.headers)
        if not target.startswith("/") and (absolute := urlsplit(target)).netloc:
            # A target of its own host (RFC 9112, 3.2.2) overrides the Host header.
            others = (pair for pair in headers if pair[0].lower() != "host")
            headers = (("Host", absolute.netloc), *others)
            target = "/" + target.partition("://")[2].partition("/")[2]
        path, _, query = target.partition("?")
        prefix = self._prefix
        inside = path == prefix or path.startswith(prefix + "/")
        return GatewayRequest(
            method=http.method,
            full_path=path,
            path=(path[len(prefix) :] or "/") if inside else "",
            query=query,
            headers=headers,
            source_ip=self._source_ip or http.peer,
            port=self.port,
            protocol=f"HTTP/{http.http_version}",
            base_path=self._base_path,
        )

    @property
    def _prefix(self) -> str:
        """What every path begins with: a custom domain's base path, else the stage."""
        return self._base_path or f"/{self._api.stage.name}"

    def _match_route(self, call: RequestContext) -> Match:
        """Find the route of a request, or refuse it.

        Raises:
            Refused: The request is not for this API, has no route, or has one that is not served.
        """
        request = call.request
        if not is_own_host(request.host, self._host, self._lambda.options.hosts):
            why = f"the Host {request.host!r} is not this gateway's (--allow-host lets it in)"
            raise GatewayResponseError(gateway_responses.FORBIDDEN, why)
        if not request.path:
            raise GatewayResponseError(
                gateway_responses.FORBIDDEN, f"the API is served under {self._prefix}/"
            )
        most = self._lambda.limits.request_headers_bytes
        if request.headers_bytes > most:
            why = f"the headers have {request.headers_bytes} bytes, more than {most}"
            raise GatewayResponseError(gateway_responses.HEADERS_TOO_LARGE, why)
        match = call.match = self._router.match(request.method, request.path)
        if match is None:
            raise GatewayResponseError(
                gateway_responses.MISSING_AUTHENTICATION_TOKEN, "the API has no such route"
            )
        route = match.route
        unavailable = self._lambda.functions.unavailable()
        reasons = tuple(describe_unresolved(route.integration.unresolved)) or tuple(
            f"{self._api.functions[name].origin}: {reason}"
            for name, reason in unavailable.items()
            if name == route.integration.function
        )
        if reasons:
            raise GatewayResponseError(
                gateway_responses.not_served(f"{route} is not served locally: {'; '.join(reasons)}")
            )
        return match

    def _mock(self, call: RequestContext, match: Match) -> Response:
        try:
            return mock_answer(
                match.route.integration,
                call.request,
                self._context(call),
                path_parameters=match.path_parameters,
                stage_variables=self._api.stage.variables,
            )
        except MockError as error:
            raise GatewayResponseError(
                gateway_responses.API_CONFIGURATION_ERROR, f"mock integration: {error}"
            ) from error

    async def _send_gateway_response(
        self, call: RequestContext, refused: GatewayResponseError
    ) -> None:
        refusal = refused.refusal
        call.access_log_record.error, call.access_log_record.error_kind = (
            refusal.message,
            refusal.response_type,
        )
        self._report(call, f"{refusal.status}, {refused}")
        answer = gateway_responses.render_gateway_response(
            refusal, self._api, call.request, self._context(call)
        )
        try:
            await call.respond(answer, from_integration=False)
        except ConnectionError:
            self._report(call, "the client went away")

    def _abort_response(self, call: RequestContext, cause: str) -> None:
        """End an answer that has begun without its terminating chunk, for the client to see."""
        self._report(call, f"cut after {call.access_log_record.sent_bytes} bytes of body: {cause}")
        call.responder.abort()

    def _report(self, call: RequestContext, cause: str) -> None:
        call.access_log_record.error = call.access_log_record.error or cause
        self._console(f"{call.request.method} {call.request.full_path}: {cause}")

    def _context(self, call: RequestContext) -> dict[str, Any]:
        return request_context(self._api, call.route, call.request, call.authorizer_result)

    def _log(self, call: RequestContext) -> None:
        if self._lambda.options.quiet:
            return
        context = self._context(call)
        if self._base_path:
            context["customDomain"] = {"basePathMatched": self._base_path[1:]}
        template = self._api.stage.access_log_format or _LOG_FORMAT
        self._console(
            access_log_line(
                template, context, call.access_log_record, trace_id=call.request.trace_id
            )
        )


# What is printed where the stage has no access log.
_LOG_FORMAT: Final = (
    "$context.httpMethod $context.path $context.status"
    " $context.responseLength bytes $context.responseLatency ms"
)
