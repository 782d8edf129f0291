"""`RequestContext`: one request and what the phases determine about it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from streaming_construct.local.gateway.gateway_responses import GatewayResponseError
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.request_body import read_body
from streaming_construct.local.gateway.response import ResponseWriter
from streaming_construct.local.gateway.router import Match
from streaming_construct.local.http.request import Request
from streaming_construct.model.api import Route
from streaming_construct.model.integrations import Integration


@dataclass(frozen=True)
class AuthorizerResult:
    """The identity of the client, as an authorizer determines it.

    `authorizer` is `$context.authorizer`, None without an authorizer. `identity` has the members of
    `$context.identity` other than address and user agent. `usage_identifier_key` is the API key
    that a Lambda authorizer returns. `denial` is the gateway response if the client may not pass:
    it can refer to the other fields.
    """

    authorizer: Mapping[str, Any] | None = None
    identity: Mapping[str, Any] = field(default_factory=dict)
    usage_identifier_key: str | None = None
    denial: GatewayResponseError | None = None


ANONYMOUS: Final = AuthorizerResult()


@dataclass
class AuthorizerInvocation:
    """The invocation of a Lambda authorizer; a cached result has none.

    `status` is 200, or 500 if the function failed; None if it did not end in time.
    """

    started_at: float = field(default_factory=time.monotonic)
    status: int | None = None
    latency_ms: int | None = None
    request_id: str | None = None


@dataclass
class IntegrationInvocation:
    """The invocation of a Lambda integration; times are those of `time.monotonic`.

    `status` is the status code in the function's output. `started_at` is None if the event is too
    large for Lambda, `ended_at` until the function's output has ended.
    """

    integration: Integration
    started_at: float | None = None
    request_id: str | None = None
    status: int | None = None
    ended_at: float | None = None


@dataclass(frozen=True)
class ResponseError:
    """Why a request failed, as `$context.error` has it.

    `response_type` is None if no gateway response was sent.
    """

    message: str
    response_type: str | None = None


@dataclass
class RequestContext:
    """One request on its way through the phases of `phases`.

    The gateway sets the first four fields. The comment at each other field names the phase that
    sets it; until then it has its default. `route` has none.
    """

    http: Request
    request: GatewayRequest
    writer: ResponseWriter
    max_body_bytes: float
    match: Match | None = None  # match_route
    route: Route = field(init=False)  # match_route
    authorizer_result: AuthorizerResult = ANONYMOUS  # authorize; check_api_key adds to `identity`
    authorizer_invocation: AuthorizerInvocation | None = None  # authorize
    integration_invocation: IntegrationInvocation | None = None  # invoke_integration
    error: ResponseError | None = None  # the gateway, for the exception that ends the phases
    received_at: float = field(default_factory=time.monotonic)
    _body: bytes | None = None

    @property
    def required_match(self) -> Match:
        """The result of phase `match_route`."""
        if self.match is None:
            raise RuntimeError("the request has no route before phase match_route")
        return self.match

    async def read_body(self) -> bytes:
        """Return the body of the request, which the first call reads.

        Raises:
            GatewayResponseError: The body is too large, or the client stopped sending.
            ResponseAborted: The client has disconnected.
        """
        if self._body is None:
            self._body = await read_body(self.http, max_bytes=self.max_body_bytes)
        return self._body
