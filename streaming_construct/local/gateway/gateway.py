"""The gateway: HTTP in, route, event, function, HTTP out, as API Gateway does it.

What it answers to each fault is written down in docs/local-gateway.md.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from streaming_construct.local.gateway import gateway_responses as own
from streaming_construct.local.gateway.access_log import access_log_line
from streaming_construct.local.gateway.authorizers.authorization import Authorization
from streaming_construct.local.gateway.authorizers.user_pools import UserPools
from streaming_construct.local.gateway.context import Call, Refused
from streaming_construct.local.gateway.deadlines import Cut, Interrupted
from streaming_construct.local.gateway.host_check import is_own_host
from streaming_construct.local.gateway.integrations.lambda_proxy import Functions, LambdaIntegration
from streaming_construct.local.gateway.integrations.mock import MockError, mock_answer
from streaming_construct.local.gateway.limits import GatewayLimits
from streaming_construct.local.gateway.options import Options
from streaming_construct.local.gateway.proxy_event import proxy_event, request_context
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.request_body import read_body
from streaming_construct.local.gateway.request_validation import RequestChecks
from streaming_construct.local.gateway.response import Answer
from streaming_construct.local.gateway.router import Match, Router
from streaming_construct.local.gateway.throttling import Throttles
from streaming_construct.local.http.server import Request, Responder, serve
from streaming_construct.local.lambda_.invocation import FunctionError
from streaming_construct.model.api import ApiModel


@asynccontextmanager
async def serve_api(
    api: ApiModel,
    functions: Functions,
    *,
    console: Callable[[str], None],
    host: str = "127.0.0.1",
    port: int = 0,
    options: Options | None = None,
    limits: GatewayLimits | None = None,
) -> AsyncIterator[Front]:
    """Serve an API until the context ends; port 0 picks a free one.

    `console` is given a line for every request, and one with the cause of every answer that failed.
    `limits` default to those of the API's endpoint type under the options.

    Raises:
        OSError: The address cannot be listened on.
    """
    options = options or Options()
    user_pools = UserPools()  # tokens made for one template are good for the next one, too

    def gateway_for(api: ApiModel) -> _Gateway:
        held = limits or GatewayLimits.of(api.endpoint_type, options)
        integration = LambdaIntegration(functions, api.binary_media_types, held, options)
        authorization = Authorization(api, functions, held, user_pools, options.source_ip)
        return _Gateway(api, integration, authorization, host=host, console=console)

    front = Front(gateway_for)
    front.show(api)
    async with serve(front.handle, host, port) as server:
        front.listening_at(server.port)
        yield front


class Front:
    """Where requests come in: they go to the API of the moment, and stay with it to their end."""

    def __init__(self, gateway_for: Callable[[ApiModel], _Gateway]) -> None:
        self.port = 0
        self._gateway_for = gateway_for

    @property
    def authorization(self) -> Authorization:
        """Who may pass to the API of the moment."""
        return self._gateway.authorization

    @property
    def checks(self) -> RequestChecks:
        """What is checked of the requests to the API of the moment."""
        return self._gateway.checks

    def show(self, api: ApiModel) -> None:
        """Serve this API to the requests that come from now on."""
        self._gateway = self._gateway_for(api)
        self._gateway.port = self.port

    def listening_at(self, port: int) -> None:
        """Tell at which port requests come in."""
        self.port = self._gateway.port = port

    async def handle(self, http: Request, responder: Responder) -> None:
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
        self.checks = RequestChecks(api)

    async def handle(self, http: Request, responder: Responder) -> None:
        """Answer one request, whatever becomes of it."""
        call = Call(http, responder, self._request(http))
        try:
            await self._answer(call)
        except Refused as refused:
            await self._refuse(call, refused)
        except Interrupted as interrupted:
            if interrupted.cut is Cut.GONE:
                self._report(call, str(interrupted))
            elif responder.started:
                self._cut(call, str(interrupted))
            else:
                await self._refuse(call, Refused(own.TIMED_OUT, str(interrupted)))
        except FunctionError as error:
            self._cut(call, f"the function failed: {error}")
        except ConnectionError:
            if not http.disconnected.done():
                raise
            self._report(call, "the client went away")
        finally:
            self._log(call)

    async def _answer(self, call: Call) -> None:
        match = self._found(call)
        most = self._lambda.limits.request_bytes
        early = self.authorization.needs_body(match.route)
        if early:
            call.body = await read_body(call.http, max_bytes=most)
        await self.authorization.admit(call, match)
        if not self._throttles.admits(match.route, call.request.method):
            raise Refused(own.THROTTLED)
        if not early:
            call.body = await read_body(call.http, max_bytes=most)
        self.checks.check(call, match.route)
        integration = match.route.integration
        if integration.type == "mock":
            await call.answer(self._mock(call, match))
            return
        event = proxy_event(self._api, match, call.request, call.body, call.grant)
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

    def _found(self, call: Call) -> Match:
        """Find the route of a request, or refuse it.

        Raises:
            Refused: The request is not for this API, has no route, or has one that is not served.
        """
        request = call.request
        if not is_own_host(request.host, self._host, self._lambda.options.hosts):
            why = f"the Host {request.host!r} is not this gateway's (--allow-host lets it in)"
            raise Refused(own.FORBIDDEN, why)
        if not request.path:
            raise Refused(own.FORBIDDEN, f"the API is served under {self._prefix}/")
        most = self._lambda.limits.request_headers_bytes
        if request.headers_bytes > most:
            why = f"the headers have {request.headers_bytes} bytes, more than {most}"
            raise Refused(own.HEADERS_TOO_LARGE, why)
        match = call.match = self._router.match(request.method, request.path)
        if match is None:
            raise Refused(own.MISSING_AUTHENTICATION_TOKEN, "the API has no such route")
        route = match.route
        unavailable = self._lambda.functions.unavailable()
        reasons = route.integration.unresolved or tuple(
            f"{self._api.functions[name].origin}: {reason}"
            for name, reason in unavailable.items()
            if name == route.integration.function
        )
        if reasons:
            raise Refused(own.not_served(f"{route} is not served locally: {'; '.join(reasons)}"))
        return match

    def _mock(self, call: Call, match: Match) -> Answer:
        try:
            return mock_answer(
                match.route.integration,
                call.request,
                self._context(call),
                path_parameters=match.path_parameters,
                stage_variables=self._api.stage.variables,
            )
        except MockError as error:
            raise Refused(own.INTERNAL_ERROR, f"mock integration: {error}") from error

    async def _refuse(self, call: Call, refused: Refused) -> None:
        refusal = refused.refusal
        call.exchange.error, call.exchange.error_kind = refusal.message, refusal.kind
        self._report(call, f"{refusal.status}, {refused}")
        answer = own.gateway_answer(refusal, self._api, call.request, self._context(call))
        try:
            await call.answer(answer, from_integration=False)
        except ConnectionError:
            self._report(call, "the client went away")

    def _cut(self, call: Call, cause: str) -> None:
        """End an answer that has begun without its terminating chunk, for the client to see."""
        self._report(call, f"cut after {call.exchange.sent_bytes} bytes of body: {cause}")
        call.responder.abort()

    def _report(self, call: Call, cause: str) -> None:
        call.exchange.error = call.exchange.error or cause
        self._console(f"{call.request.method} {call.request.full_path}: {cause}")

    def _context(self, call: Call) -> dict[str, Any]:
        return request_context(self._api, call.route, call.request, call.grant)

    def _log(self, call: Call) -> None:
        if self._lambda.options.quiet:
            return
        context = self._context(call)
        if self._base_path:
            context["customDomain"] = {"basePathMatched": self._base_path[1:]}
        template = self._api.stage.access_log_format or _LOG_FORMAT
        self._console(
            access_log_line(template, context, call.exchange, trace_id=call.request.trace_id)
        )


# What is printed where the stage has no access log.
_LOG_FORMAT: Final = (
    "$context.httpMethod $context.path $context.status"
    " $context.responseLength bytes $context.responseLatency ms"
)
