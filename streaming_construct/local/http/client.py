"""The client's side of HTTP/1.1: to web apps, and to the endpoints of AWS services."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httptools

from streaming_construct.local.http.byte_stream import ByteStream
from streaming_construct.local.http.connection import (
    Connection,
    IncompleteMessageError,
    MalformedMessageError,
    encode_chunk,
)
from streaming_construct.local.http.headers import Headers, encode_header_lines

# uvicorn closes an idle connection after 5 s; one reused at that moment would lose its request.
IDLE_SECONDS: Final = 4.0

# Linux would let it grow to tens of megabytes: a slow client would not slow the web app.
_RECEIVE_BUFFER_BYTES: Final = 256 * 1024

Body = bytes | AsyncIterable[bytes]


@dataclass(eq=False, kw_only=True)
class Response:
    """A response whose head has arrived; `trailers` are complete once the body has ended."""

    status: int
    headers: Headers
    body: ByteStream
    trailers: Headers = ()


class HttpClient:
    """Requests to one server, over connections that are kept for up to `idle_seconds`.

    With `tls`, the connections use TLS.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        idle_seconds: float = IDLE_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._address = (host, port)
        self._host = f"{host}:{port}"
        self._tls = tls
        self._idle_seconds = idle_seconds
        self._idle: list[_ClientConnection] = []

    def request(
        self, method: str, target: str, headers: Headers = (), body: Body = b""
    ) -> AbstractAsyncContextManager[Response]:
        """Send a request, wait for the head of its response.

        `Host` and the framing of the body are added: Content-Length for bytes, chunks for an
        iterable. Leaving the context before the body has ended closes the connection.

        Raises:
            OSError: The server cannot be reached.
            IncompleteMessageError: The server closed before the end of its head (or, from iterating
                over the body, of its body).
            MalformedMessageError: The response is not HTTP/1.1.
            ValueError: HTTP/1.1 cannot carry a header.
        """
        return _Exchange(self, method, self._encode_head(method, target, headers, body), body)

    def close(self) -> None:
        """Close the idle connections."""
        for connection in self._idle:
            connection.transport.abort()
        self._idle.clear()

    async def acquire_connection(self) -> tuple[_ClientConnection, bool]:
        """Return a connection without a request, and whether it served one before."""
        oldest = asyncio.get_running_loop().time() - self._idle_seconds
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed and connection.idle_since >= oldest:
                return connection, True
            connection.transport.abort()
        return await self.connect(), False

    async def connect(self) -> _ClientConnection:
        """Return a new connection."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            _ClientConnection, *self._address, ssl=self._tls
        )
        return connection

    def keep(self, connection: _ClientConnection) -> None:
        """Keep a connection for the next request."""
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.append(connection)

    def _encode_head(self, method: str, target: str, headers: Headers, body: Body) -> bytes:
        added = []
        names = {name.lower() for name, _ in headers}
        if "host" not in names:
            added.append(("Host", self._host))
        if not isinstance(body, bytes):
            added.append(("Transfer-Encoding", "chunked"))
        elif (body or method in _HAVE_BODIES) and "content-length" not in names:
            added.append(("Content-Length", str(len(body))))
        if set(target) & _OUT_OF_LINE:
            raise ValueError(f"not a request target that HTTP/1.1 can carry: {target!r}")
        line = f"{method} {target} HTTP/1.1\r\n".encode("latin-1")
        return line + encode_header_lines([*added, *headers]) + b"\r\n"


@asynccontextmanager
async def request(
    host: str, port: int, method: str, target: str, headers: Headers = (), body: Body = b""
) -> AsyncIterator[Response]:
    """Send one request over a new connection; see `Client.request`."""
    client = HttpClient(host, port)
    try:
        async with client.request(method, target, headers, body) as response:
            yield response
    finally:
        client.close()


_IDEMPOTENT: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PUT", "TRACE"})
_HAVE_BODIES: Final = frozenset({"POST", "PUT", "PATCH"})
_OUT_OF_LINE: Final = frozenset(map(chr, (*range(0x21), 0x7F)))


class _Exchange(AbstractAsyncContextManager[Response]):
    """A request and its response on a connection of a client; see `HttpClient.request`."""

    def __init__(self, client: HttpClient, method: str, head: bytes, body: Body) -> None:
        self._client = client
        self._method = method
        self._head = head
        self._body = body
        self._connection: _ClientConnection | None = None
        self._sending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Response:
        connection, is_reused = await self._client.acquire_connection()
        try:
            self._send(connection)
            return await connection.wait_for_response()
        except IncompleteMessageError:
            can_repeat = self._method in _IDEMPOTENT and isinstance(self._body, bytes)
            if not is_reused or not can_repeat:
                await self._release_connection()
                raise
        except BaseException:
            await self._release_connection()
            raise
        # The server closed the idle connection before the request arrived.
        # https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
        connection.transport.abort()
        self._connection = None
        try:
            connection = await self._client.connect()
            self._send(connection)
            return await connection.wait_for_response()
        except BaseException:
            await self._release_connection()
            raise

    async def __aexit__(self, *_: object) -> None:
        await self._release_connection()

    def _send(self, connection: _ClientConnection) -> None:
        self._connection = connection
        connection.expect(self._method)
        if isinstance(self._body, bytes):
            connection.write_now(self._head + self._body)
        else:
            connection.write(self._head)
            self._sending = asyncio.create_task(connection.send_chunks(self._body))

    async def _release_connection(self) -> None:
        """Keep the connection if the response is complete, else close it."""
        connection, sending = self._connection, self._sending
        if connection is None:
            return
        if sending and not sending.done():
            connection.reusable = False
            sending.cancel()
            await asyncio.wait([sending])
        if connection.reusable:
            self._client.keep(connection)
        else:
            connection.transport.abort()


class _ClientConnection(Connection):
    """A connection to the server: one request and its response at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.parser = httptools.HttpResponseParser(self)
        self.idle_since = 0.0
        self.reusable = False
        self._method = ""
        self._head: asyncio.Future[Response] | None = None
        self._arriving: Response | None = None
        self._until_close = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES
        )

    def expect(self, method: str) -> None:
        """Make ready for the response to a request."""
        self._method = method
        self.reusable = False
        self._head = asyncio.get_running_loop().create_future()
        if self.is_closed:
            self.handle_lost_connection()

    async def wait_for_response(self) -> Response:
        """Wait for the head of the response, past any 1xx."""
        if self._head is None:
            raise RuntimeError("no request is on its way")
        return await self._head

    async def send_chunks(self, body: AsyncIterable[bytes]) -> None:
        """Send a body in chunks; a failing body closes the connection without ending it."""
        try:
            async for data in body:
                if data:
                    self.write(encode_chunk(data))
                    await self.drain()
            self.write(b"0\r\n\r\n")
        except ConnectionError:
            pass  # the response, or its absence, says what happened
        except BaseException:
            self.transport.abort()
            raise

    @property
    def arriving_body(self) -> ByteStream | None:
        return self._arriving.body if self._arriving else None

    def handle_malformed_message(self, error: MalformedMessageError) -> None:
        self._fail(error)
        self.transport.abort()

    def handle_lost_connection(self) -> None:
        if self._arriving and self._until_close:
            self._arriving.body.finish()
        self._fail(IncompleteMessageError("the server closed the connection in mid-response"))

    def _fail(self, error: Exception) -> None:
        self.reusable = False
        if self._head and not self._head.done():
            self._head.set_exception(error)
        if self._arriving:
            self._arriving.body.finish(error)

    def on_status(self, status: bytes) -> None:
        self.count_header_bytes(len(status))

    def on_headers_complete(self) -> None:
        self._reported = True
        status = self.parser.get_status_code()
        if status < 200 or not self._head or self._head.done():
            if status == 101 or status >= 200:
                raise MalformedMessageError(f"unexpected response with status {status}")
            return
        body = ByteStream()
        body.on_pause = lambda: self.pause_reading_for(body)
        body.on_resume = lambda: self.resume_reading_for(body)
        self._arriving = Response(status=status, headers=self.headers, body=body)
        framing = {name.lower() for name, _ in self.headers}
        self._until_close = not framing & {"content-length", "transfer-encoding"}
        self.headers = []
        self._head.set_result(self._arriving)
        if self._method == "HEAD":
            # The parser cannot know that no body follows: its state is of no use afterwards.
            self._arriving.body.finish()
            self._arriving = None
            self.ignoring_input = True

    def on_body(self, data: bytes) -> None:
        self._reported = True
        if self._arriving:
            self._arriving.body.feed(data)

    def on_message_complete(self) -> None:
        self._reported = True
        if self._arriving:
            self._arriving.trailers = self.headers
            self._arriving.body.finish()
            self._arriving = None
            self.reusable = self.parser.should_keep_alive() and not self.is_closed
