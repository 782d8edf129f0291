"""`Grant`: what was found out about a caller before he was let through."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Final

from streaming_construct.local.gateway.access_log import AccessLogRecord
from streaming_construct.local.gateway.deadlines import AbortReason, ResponseAborted
from streaming_construct.local.gateway.gateway_responses import GatewayResponse
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.response import Response
from streaming_construct.local.gateway.response_headers import HeaderPairs
from streaming_construct.local.gateway.router import Match
from streaming_construct.local.http.server import Request, ResponseWriter
from streaming_construct.model.api import Route


@dataclass(frozen=True)
class AuthorizerResult:
    """What functions and logs are told of a caller.

    `authorizer` is `requestContext.authorizer`, None where a route has none; `identity` is what
    `requestContext.identity` has beside the address; `usage_key` is the API key that a Lambda
    authorizer named.
    """

    authorizer: Mapping[str, Any] | None = None
    identity: Mapping[str, Any] = field(default_factory=dict)
    usage_identifier_key: str | None = None


OPEN: Final = AuthorizerResult()


class GatewayResponseError(Exception):
    """A request that the gateway answers itself; `why` is for the console alone."""

    def __init__(self, refusal: GatewayResponse, why: str | None = None) -> None:
        super().__init__(why or refusal.message or refusal.response_type)
        self.refusal = refusal


@dataclass
class RequestContext:
    """A request with its connection, and what has become of it so far.

    `body` is the request's, `max_bytes` the most that the answer's may have.
    """

    http: Request
    responder: ResponseWriter
    request: GatewayRequest
    match: Match | None = None
    authorizer_result: AuthorizerResult = OPEN
    body: bytes = b""
    max_bytes: float = math.inf
    access_log_record: AccessLogRecord = field(default_factory=AccessLogRecord)

    @property
    def route(self) -> Route | None:
        """The route, once it is known."""
        return self.match.route if self.match else None

    async def start(
        self, status: int, headers: HeaderPairs, *, from_integration: bool = True
    ) -> None:
        """Send the head of the answer, with the date and the ids that it carries.

        Answers of an integration carry the trace id as well.
        """
        self.access_log_record.status = status
        if from_integration:
            self.access_log_record.headers_sent_at = time.monotonic()
        ours = (
            ("Date", formatdate(usegmt=True)),
            ("x-amzn-RequestId", self.request.request_id),
            ("x-amz-apigw-id", self.request.extended_request_id),
            *((("X-Amzn-Trace-Id", self.request.trace_id),) * from_integration),
        )
        await self.responder.start(status, (*headers, *ours))

    async def send(self, data: bytes) -> None:
        """Send a piece of the body.

        Raises:
            Interrupted: The answer is longer than it announced, or than it may be.
        """
        if data:
            remaining = self.responder.remaining
            if remaining is not None and len(data) > remaining:
                raise ResponseAborted(
                    AbortReason.LENGTH, "the body is longer than its Content-Length"
                )
            if self.access_log_record.sent_bytes + len(data) > self.max_bytes:
                raise ResponseAborted(
                    AbortReason.LENGTH, f"the body has more than {self.max_bytes} bytes"
                )
            # What the gateway says in place of the integration is none of its content.
            if (
                self.access_log_record.headers_sent_at is not None
                and self.access_log_record.first_byte_at is None
            ):
                self.access_log_record.first_byte_at = time.monotonic()
            self.access_log_record.sent_bytes += 0 if self.responder.bodyless else len(data)
            await self.responder.send(data)

    def check_length(self) -> None:
        """Check that an answer has ended where it announced.

        Raises:
            Interrupted: Something is missing.
        """
        if self.responder.remaining:
            missing = f"the body ended {self.responder.remaining} bytes before its Content-Length"
            raise ResponseAborted(AbortReason.LENGTH, missing)

    async def respond(self, answer: Response, *, from_integration: bool = True) -> None:
        """Send a whole answer."""
        await self.start(
            answer.status,
            (*answer.headers, ("Content-Length", str(len(answer.body)))),
            from_integration=from_integration,
        )
        await self.send(answer.body)
        await self.responder.end()
