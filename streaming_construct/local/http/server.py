"""The server's side of HTTP/1.1: the gateway's front, and the Runtime API."""

from __future__ import annotations

import asyncio
import http
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httptools

from streaming_construct.local.http.byte_stream import ByteStream
from streaming_construct.local.http.connection import (
    MAX_HEAD_BYTES,
    Connection,
    IncompleteMessageError,
    MalformedMessageError,
)
from streaming_construct.local.http.headers import get_header
from streaming_construct.local.http.idle_connections import IdleConnections
from streaming_construct.local.http.request import DISCARD_MAX_BYTES, Request
from streaming_construct.local.http.response_writer import ResponseWriter

_log = logging.getLogger(__name__)

Handler = Callable[[Request, ResponseWriter], Awaitable[None]]


@dataclass(frozen=True)
class Server:
    """A server that listens: where it can be reached."""

    host: str
    port: int


@asynccontextmanager
async def serve(
    handler: Handler,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    max_head_bytes: int = MAX_HEAD_BYTES,
    idle_seconds: float = 60.0,
    quickack: bool = False,
    report_rejection: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[Server]:
    """Serve requests with `handler` until the context ends; port 0 selects a free port.

    If a handler returns without ending its response, or raises, the server ends it. It sends a 500
    if nothing was sent, and otherwise closes without the terminating chunk. Leaving the context
    cancels the handlers that run and closes every connection. `idle_seconds` is how long a
    connection may go without a complete request head. `quickack` acknowledges what arrives at once.
    `report_rejection` receives a line for each request that is rejected because it is not HTTP/1.1.

    Raises:
        OSError: The server cannot listen on the address.
    """
    connections: set[_ServerConnection] = set()
    tasks: set[asyncio.Task[None]] = set()
    idle_connections = IdleConnections(idle_seconds)

    def accept() -> _ServerConnection:
        return _ServerConnection(
            handler,
            connections,
            tasks,
            idle_connections,
            max_head_bytes,
            quickack=quickack,
            report_rejection=report_rejection,
        )

    listener = await asyncio.get_running_loop().create_server(accept, host, port)
    try:
        yield Server(host, listener.sockets[0].getsockname()[1])
    finally:
        listener.close()
        while tasks:  # a handler that ends its response all the same lets a pipelined request begin
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for connection in tuple(connections):
            connection.abort()
        idle_connections.close()
        await listener.wait_closed()


class _ServerConnection(Connection):
    """A client's connection: one request at a time, pipelined ones wait their turn."""

    def __init__(
        self,
        handler: Handler,
        connections: set[_ServerConnection],
        tasks: set[asyncio.Task[None]],
        idle_connections: IdleConnections,
        max_head_bytes: int,
        *,
        quickack: bool,
        report_rejection: Callable[[str], None],
    ) -> None:
        super().__init__(max_head_bytes=max_head_bytes, quickack=quickack)
        self.parser = httptools.HttpRequestParser(self)
        self._handler = handler
        self._report_rejection = report_rejection
        self._connections = connections
        self._tasks = tasks
        self._idle_connections = idle_connections
        self._target = b""
        self._peer = ("", 0)
        self._port = 0
        self._arriving: Request | None = None
        self._waiting: deque[Request] = deque()
        self._active: Request | None = None
        self._discarding: Request | None = None
        self._discarded_bytes = 0
        self._rejection: MalformedMessageError | None = None
        self._skipped_framing = ""
        self._is_repeating_head = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connections.add(self)
        self._peer = (transport.get_extra_info("peername") or ("", 0))[:2]
        self._port = (transport.get_extra_info("sockname") or ("", 0))[1]
        self._idle_connections.add(self)

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def handle_lost_connection(self) -> None:
        self._connections.discard(self)
        self._idle_connections.remove(self)
        if self._arriving:
            self._arriving.body.finish(IncompleteMessageError("the client left in mid-request"))
        for request in filter(None, (self._active, *self._waiting)):
            request.disconnected.set_result(None)

    @property
    def arriving_body(self) -> ByteStream | None:
        return self._arriving.body if self._arriving else None

    def is_tunnel(self) -> bool:
        return bool(self.parser.get_method() == b"CONNECT")

    def resume_after_upgrade(self) -> None:
        """Read the body of the request: httptools takes what follows the head for no HTTP."""
        if self._skipped_framing:
            head = f"POST / HTTP/1.1\r\n{self._skipped_framing}\r\n\r\n"
            self.parser = httptools.HttpRequestParser(self)
            self._is_repeating_head = True
            self.parser.feed_data(head.encode())
            self._is_repeating_head = False
            self._skipped_framing = ""

    def on_message_begin(self) -> None:
        if not self._is_repeating_head:
            super().on_message_begin()
            self._target = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_repeating_head:
            super().on_header(name, value)

    def on_url(self, url: bytes) -> None:
        if not self._is_repeating_head:
            self.count_header_bytes(len(url))
            self._target += url

    def on_headers_complete(self) -> None:
        self._reported = True
        if self._is_repeating_head:
            return
        if self.parser.should_upgrade() and not self.is_tunnel():
            self._skipped_framing = self._build_framing_header()
        version = self.parser.get_http_version()
        expects_continue = self._check_head(version)
        body = ByteStream()
        request = Request(
            method=self.parser.get_method().decode("ascii"),
            target=self._target.decode("latin-1"),
            http_version=version,
            headers=self.headers,
            body=body,
            peer=self._peer[0],
            peer_port=self._peer[1],
            port=self._port,
            connection=self,
            is_persistent=version == "1.1" and self.parser.should_keep_alive(),
            disconnected=self._loop.create_future(),
        )
        body.on_pause = lambda: self.pause_reading_for(body)
        body.on_resume = lambda: self.resume_reading_for(body)
        if expects_continue:
            body.on_demand = lambda: self._send_continue(request)
        self._arriving = request
        self.headers = []
        self._idle_connections.remove(self)
        if self._active:
            self._waiting.append(request)
            self.pause_reading_for(self)
        else:
            self._start_handler(request)

    def _build_framing_header(self) -> str:
        """Return the header that frames the body; empty if there is no body."""
        if get_header(self.headers, "transfer-encoding") is not None:
            return "Transfer-Encoding: chunked"
        length = get_header(self.headers, "content-length") or "0"
        return f"Content-Length: {length}" if length.strip("0") else ""

    def _check_head(self, version: str) -> bool:
        """Check a head; return whether the client waits for 100 Continue before it sends a body."""
        if version not in ("1.0", "1.1"):
            raise MalformedMessageError(f"HTTP/{version} is not spoken here", status=505)
        hosts, framing, expectation = 0, None, None
        for name, value in self.headers:
            name = name.lower()  # noqa: PLW2901 - the case does not matter
            if name == "host":
                hosts += 1
            elif name == "transfer-encoding" and framing is None:
                framing = value
            elif name == "expect" and expectation is None:
                expectation = value
        if hosts > 1 or (not hosts and version == "1.1"):
            raise MalformedMessageError(f"{hosts} Host headers")
        if framing is not None and (framing.lower() != "chunked" or version == "1.0"):
            raise MalformedMessageError(f"Transfer-Encoding: {framing} in HTTP/{version}")
        return version == "1.1" and (expectation or "").lower() == "100-continue"

    def on_body(self, data: bytes) -> None:
        self._reported = True
        if self._arriving:
            self._arriving.body.feed(data)
        if self._discarding:
            self._discarded_bytes += len(data)
            if self._discarded_bytes > DISCARD_MAX_BYTES:
                self.close_gracefully()

    def on_message_complete(self) -> None:
        self._reported = True
        if self._arriving and not self._skipped_framing:
            self._arriving.trailers = self.headers
            self._arriving.body.finish()
            self._arriving = None
        if self._discarding and self._discarding.body.ended:
            self._discarding, self._discarded_bytes = None, 0
            self._continue_after_response()

    def handle_malformed_message(self, error: MalformedMessageError) -> None:
        if self._rejection is None:
            self._report_rejection(f"{self._peer[0]}: {error.status}, {error}")
        self._rejection = error
        if self._arriving:
            self._arriving.body.finish(error)
        if self._discarding:
            self.close_gracefully()
        elif not self._active:
            self._send_interim_response(error.status)
            self.close_gracefully()

    def _continue_after_response(self) -> None:
        """Go on with the next request, or close.

        The server reads and discards the rest of a request body, because the client may already
        treat the connection as reusable (RFC 9112, section 9.6).
        """
        request, self._active = self._active, None
        if request is None or self.is_closed:
            return
        if not request.body.ended:
            self._discard_body(request)
        elif not request.is_persistent:
            self.close()
        elif self._waiting:
            self._start_handler(self._waiting.popleft())
            if not self._waiting:  # of the last one, the body may still be on its way
                self.resume_reading_for(self)
        elif self._rejection:
            self.handle_malformed_message(self._rejection)
        else:
            self.resume_reading_for(self)
            self._idle_connections.add(self)

    def _discard_body(self, request: Request) -> None:
        if not request.is_persistent:
            self.close_gracefully()
            return
        self._active = self._discarding = request
        request.body.discard()
        self._idle_connections.add(self)

    def _start_handler(self, request: Request) -> None:
        self._active = request
        task = self._loop.create_task(self._run(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, request: Request) -> None:
        responder = ResponseWriter(self, request, self._continue_after_response)
        try:
            await self._handler(request, responder)
        except Exception as error:  # noqa: BLE001  logged unless it is the client's own doing
            if not self.is_closed and error is not self._rejection:
                _log.exception("%s %s failed", request.method, request.target)
        finally:
            if not responder.ended and not self.is_closed:
                if not responder.started:
                    self._send_interim_response(self._rejection.status if self._rejection else 500)
                responder.abort()

    def _send_continue(self, request: Request) -> None:
        if not request.body.ended:
            self._send_interim_response(100)

    def _send_interim_response(self, status: int) -> None:
        ending = b"Connection: close\r\nContent-Length: 0\r\n\r\n" if status != 100 else b"\r\n"
        reason = http.HTTPStatus(status).phrase
        self.write(f"HTTP/1.1 {status} {reason}\r\n".encode() + ending)
