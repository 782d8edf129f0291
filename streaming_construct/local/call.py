"""`Call`: one request on its way through the gateway."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from email.utils import formatdate

from streaming_construct.knowledge.model import Route
from streaming_construct.local.access_log import Exchange
from streaming_construct.local.answer import Answer
from streaming_construct.local.gateway_response import Refusal
from streaming_construct.local.http1_server import Request, Responder
from streaming_construct.local.proxy_headers import HeaderPairs
from streaming_construct.local.request import GatewayRequest
from streaming_construct.local.routing import Match


class Refused(Exception):  # noqa: N818 - the refusal is the answer
    """A request that the gateway answers itself; `why` is for the console alone."""

    def __init__(self, refusal: Refusal, why: str | None = None) -> None:
        super().__init__(why or refusal.message)
        self.refusal = refusal


@dataclass
class Call:
    """A request with its connection, and what has become of it so far."""

    http: Request
    responder: Responder
    request: GatewayRequest
    match: Match | None = None
    exchange: Exchange = field(default_factory=Exchange)

    @property
    def route(self) -> Route | None:
        """The route, once it is known."""
        return self.match.route if self.match else None

    async def start(self, status: int, headers: HeaderPairs) -> None:
        """Send the head of the answer, with the date and the ids that every answer carries."""
        self.exchange.status = status
        self.exchange.all_headers = time.monotonic()
        ours = (
            ("Date", formatdate(usegmt=True)),
            ("x-amzn-RequestId", self.request.request_id),
            ("x-amz-apigw-id", self.request.extended_request_id),
        )
        await self.responder.start(status, (*headers, *ours))

    async def send(self, data: bytes) -> None:
        """Send a piece of the body."""
        if data:
            self.exchange.first_content = self.exchange.first_content or time.monotonic()
            self.exchange.sent_bytes += 0 if self.responder.bodyless else len(data)
            await self.responder.send(data)

    async def answer(self, answer: Answer) -> None:
        """Send a whole answer."""
        await self.start(
            answer.status, (*answer.headers, ("Content-Length", str(len(answer.body))))
        )
        await self.send(answer.body)
        await self.responder.end()
