"""`Response`, and `ResponseWriter`, which sends one to the client and measures it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache

from streaming_construct.local.gateway.limits.deadlines import (
    AbortReason,
    ResponseAborted,
    create_disconnect_error,
)
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.response_headers import HeaderPairs
from streaming_construct.local.http.request import Request
from streaming_construct.local.http.response_writer import ResponseWriter as HttpResponseWriter


@dataclass(frozen=True)
class Response:
    """Status, headers (without framing) and body."""

    status: int
    headers: HeaderPairs
    body: bytes = b""


@lru_cache(maxsize=1)
def _format_http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


class ResponseWriter:
    """Sends the response to one request, and keeps what the access log reports of it.

    `max_bytes` limits the body. `status`, `headers_sent_at` and `first_byte_at` are None until the
    event; times are those of `time.monotonic`. The times cover integration responses only, and so
    do `headers`.

    Every method that sends raises `ResponseAborted` when the client has disconnected.
    """

    def __init__(self, http: Request, writer: HttpResponseWriter, request: GatewayRequest) -> None:
        self._http = http
        self._writer = writer
        self._request = request
        self.max_bytes = math.inf
        self.status: int | None = None
        self.headers: HeaderPairs = ()
        self.sent_bytes = 0
        self.chunks = 0
        self.headers_sent_at: float | None = None
        self.first_byte_at: float | None = None

    @property
    def is_started(self) -> bool:
        """Whether the status line was sent."""
        return self._writer.started

    async def start(
        self, status: int, headers: HeaderPairs, *, from_integration: bool = True
    ) -> None:
        """Send the head of the response, with a date and the ids of the request.

        The trace id is part of integration responses only.

        Raises:
            ResponseAborted: The client has disconnected.
        """
        self.status = status
        if from_integration:
            self.headers = headers
            self.headers_sent_at = time.monotonic()
        gateway_headers = (
            ("Date", _format_http_date(int(time.time()))),
            ("x-amzn-RequestId", self._request.request_id),
            ("x-amz-apigw-id", self._request.extended_request_id),
            *((("X-Amzn-Trace-Id", self._request.trace_id),) * from_integration),
        )
        try:
            await self._writer.start(status, (*headers, *gateway_headers))
        except ConnectionError as error:
            self._raise_if_disconnected(error)
            raise

    async def send(self, data: bytes) -> None:
        """Send a chunk of the body; wait while the client does not keep up.

        Raises:
            ResponseAborted: The client has disconnected, or the body is longer than its
                Content-Length or than `max_bytes`.
        """
        self.write(data)
        await self.drain()

    def write(self, data: bytes) -> None:
        """Send a chunk of the body at the end of this turn of the event loop.

        Raises:
            ResponseAborted: The body is longer than its Content-Length or than `max_bytes`.
        """
        if data:
            self._count(len(data))
            self._writer.write(data)

    def write_now(self, *data: bytes) -> bool:
        """Send a chunk of the body without a turn of the event loop.

        Returns False if the client does not keep up, or has disconnected.

        Raises:
            ResponseAborted: The body is longer than its Content-Length or than `max_bytes`.
        """
        self._count(sum(map(len, data)))
        return self._writer.write_now(*data)

    def _count(self, size: int) -> None:
        """Count a chunk of the body, unless it exceeds the length of the response."""
        remaining = self._writer.remaining
        if remaining is not None and size > remaining:
            message = "the body is longer than its Content-Length"
            raise ResponseAborted(AbortReason.LENGTH, message)
        if self.sent_bytes + size > self.max_bytes:
            message = f"the body has more than {self.max_bytes} bytes"
            raise ResponseAborted(AbortReason.LENGTH, message)
        # The body of a gateway response is not the integration's first byte.
        if self.headers_sent_at is not None and self.first_byte_at is None:
            self.first_byte_at = time.monotonic()
        if not self._writer.bodyless:
            self.chunks += 1
            self.sent_bytes += size

    def flush(self) -> None:
        """Send what was written."""
        self._writer.flush()

    async def drain(self) -> None:
        """Wait while the client does not keep up.

        Raises:
            ResponseAborted: The client has disconnected.
        """
        try:
            await self._writer.drain()
        except ConnectionError as error:
            self._raise_if_disconnected(error)
            raise

    def check_length(self) -> None:
        """Check that the body has the length that its Content-Length announced.

        Raises:
            ResponseAborted: The body is shorter.
        """
        if remaining := self._writer.remaining:
            message = f"the body ended {remaining} bytes before its Content-Length"
            raise ResponseAborted(AbortReason.LENGTH, message)

    async def end(self) -> None:
        """Complete the response."""
        await self._writer.end()

    async def send_response(self, response: Response, *, from_integration: bool = True) -> None:
        """Send a complete response.

        Raises:
            ResponseAborted: The client has disconnected.
        """
        length = ("Content-Length", str(len(response.body)))
        headers = (*response.headers, length)
        await self.start(response.status, headers, from_integration=from_integration)
        await self.send(response.body)
        await self.end()

    def abort(self) -> None:
        """Close the connection without the terminating chunk: the client sees a truncated body."""
        self._writer.abort()

    def _raise_if_disconnected(self, error: ConnectionError) -> None:
        if self._http.disconnected.done():
            raise create_disconnect_error() from error
