"""`ResponseWriter`: the response of a server to one request."""

from __future__ import annotations

import http
from collections.abc import Callable
from typing import Final

from streaming_construct.local.http.connection import Connection
from streaming_construct.local.http.headers import Headers, encode_header_lines
from streaming_construct.local.http.request import Request

_REASON_PHRASES: Final = {int(status): status.phrase for status in http.HTTPStatus}


class ResponseWriter:
    """Writes one response: `start`, any number of `send`, `end`; or `abort` at any point.

    The body is framed by a Content-Length header, else in chunks (for HTTP/1.0 by closing). A
    response without a body (HEAD, 204, 304) discards sent data; `bodyless` is then True. `on_end`
    is called when the whole response has been sent.
    """

    def __init__(
        self, connection: Connection, request: Request, on_end: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._request = request
        self._on_end = on_end
        # How many bytes the announced Content-Length leaves; None if none is announced.
        self.remaining: int | None = None
        self._chunked = False
        self.bodyless = False
        self.started = False
        self.ended = False

    async def start(self, status: int, headers: Headers = ()) -> None:
        """Send the head. The server decides the framing: `headers` may have Content-Length only.

        Raises:
            ValueError: HTTP/1.1 cannot carry a header, or two headers contradict about the framing.
            ConnectionResetError: The client has disconnected.
        """
        self._check(self.started, "the response has started already")
        request = self._request
        length: str | None = None
        sent = []
        for pair in headers:
            name = pair[0].lower()
            if name in ("connection", "transfer-encoding"):
                raise ValueError(f"only the connection sets the header {name}")
            if name == "content-length":
                if status == http.HTTPStatus.NO_CONTENT:
                    continue
                length = length or pair[1]
            sent.append(pair)
        self.bodyless = request.method == "HEAD" or status in (204, 304)
        if not self.bodyless:
            if length is not None:
                self.remaining = int(length)
            elif request.http_version == "1.1":
                self._chunked = True
                sent.append(("Transfer-Encoding", "chunked"))
            else:
                request.is_persistent = False
        if request.is_persistent and not request.body.ended:
            request.is_persistent = request.can_be_read_to_its_end()
        # Too late to ask for the body: 100 Continue cannot follow a final status.
        request.body.on_demand = None
        if not request.is_persistent:
            sent.append(("Connection", "close"))
        line = f"HTTP/1.1 {status} {_REASON_PHRASES.get(status, '')}\r\n"
        head = line.encode() + encode_header_lines(sent) + b"\r\n"
        self.started = True
        self._connection.write(head)
        await self._connection.drain()

    async def send(self, data: bytes) -> None:
        """Send a chunk of the body; wait while the write buffer is full.

        Raises:
            ValueError: The body is longer than its Content-Length.
            ConnectionResetError: The client has disconnected.
        """
        self.write(data)
        await self.drain()

    def write(self, data: bytes) -> None:
        """Send a chunk of the body at the end of this turn of the event loop.

        Raises:
            ValueError: The body is longer than its Content-Length.
        """
        self._connection.write(*self._frame_data(data))

    def write_now(self, *data: bytes) -> bool:
        """Send a chunk of the body without a turn of the event loop.

        Returns False if the client does not keep up, or has gone.

        Raises:
            ValueError: The body is longer than its Content-Length.
        """
        return self._connection.write_now(*self._frame_data(*data))

    def _frame_data(self, *data: bytes) -> tuple[bytes, ...]:
        if not self.started or self.ended:
            raise RuntimeError("the response is not open")
        size = sum(map(len, data))
        if not size or self.bodyless:
            return ()
        if self.remaining is not None:
            self.remaining -= size
            if self.remaining < 0:
                raise ValueError("the body is longer than its Content-Length")
        return (b"%x\r\n" % size, *data, b"\r\n") if self._chunked else data

    def flush(self) -> None:
        """Send what was written."""
        self._connection.flush()

    async def drain(self) -> None:
        """Wait while the write buffer is full.

        Raises:
            ConnectionResetError: The client has disconnected.
        """
        await self._connection.drain()

    async def end(self, *, trailers: Headers = ()) -> None:
        """End the response; trailers are sent where the body is chunked.

        A body shorter than its Content-Length cannot be ended: it is aborted.
        """
        self._check(not self.started or self.ended, "the response is not open")
        if self.remaining:
            self.abort()
            return
        if self._chunked:
            self._connection.write(b"0\r\n" + encode_header_lines(trailers) + b"\r\n")
        self.ended = True
        self._connection.flush()
        self._on_end()

    def abort(self) -> None:
        """Close without ending the body, so that the client sees that something is missing."""
        if not self.ended:
            self.ended = True
            self._connection.close_gracefully()

    @staticmethod
    def _check(is_violated: bool, message: str) -> None:  # noqa: FBT001  reads as an assertion
        if is_violated:
            raise RuntimeError(message)
