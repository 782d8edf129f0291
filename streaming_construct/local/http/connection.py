"""HTTP/1.1 connections: the part that server and client share.

httptools parses strictly: it rejects two lengths, a length beside chunks, folded headers and bare
line feeds. This module adds flow control and limits. asyncio sets TCP_NODELAY itself.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any, Final, NoReturn, cast

import httptools

from streaming_construct.local.http.byte_stream import HIGH_WATER_BYTES, ByteStream

MAX_HEAD_BYTES: Final = 64 * 1024
# The time for which an aborted connection waits for a peer that still sends.
CLOSE_TIMEOUT_SECONDS: Final = 2.0
# Above this size, separate writes cost less than joining the chunks.
_ZERO_COPY_MIN_BYTES: Final = 16 * 1024
# A peer that sends small chunks without a pause would cause a read and a write for each of them.
# After so many, reading pauses, and the next read gets all data that arrived meanwhile.
_SMALL_READ_BYTES: Final = 32 * 1024
_MAX_SMALL_READS: Final = 8
_PAUSE_SECONDS: Final = 0.001
_BUSY_PEER: Final = "busy peer"
# The type and the major version of the first record of TLS (RFC 8446, section 5.1).
_TLS_HANDSHAKE: Final = b"\x16\x03"


class MalformedMessageError(Exception):
    """The peer sent data that is not HTTP/1.1, or exceeds a limit.

    `status` is the status code with which a server responds.
    """

    def __init__(self, reason: str, *, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


class IncompleteMessageError(ConnectionError):
    """The peer went away before the end of its message."""


def encode_chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; `data` may not be empty, which would end the body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Connection(asyncio.Protocol):
    """One TCP connection speaking HTTP/1.1, in either role.

    Subclasses implement the callbacks of httptools, `handle_malformed_message` and
    `handle_lost_connection`. Small writes of one iteration of the event loop are sent together.
    """

    parser: Any  # HttpRequestParser or HttpResponseParser: they share no type
    transport: asyncio.Transport

    def __init__(self, *, max_head_bytes: int = MAX_HEAD_BYTES, quickack: bool = False) -> None:
        self._max_head_bytes = max_head_bytes
        self._quickack = quickack and hasattr(socket, "TCP_QUICKACK")
        self._head_bytes = 0
        self._reported = False
        self._unreported_bytes = 0
        self._read_at = 0.0
        self._small_reads = 0
        self._pause_reasons: set[object] = set()
        self._outgoing: list[bytes] = []
        self._outgoing_bytes = 0
        self._is_writable = True
        self._writer: asyncio.Future[None] | None = None
        self.headers: list[tuple[str, str]] = []
        self.is_closed = False
        self.ignoring_input = False

    def handle_malformed_message(self, error: MalformedMessageError) -> None:
        """Handle input of the peer that is not HTTP from here on."""
        raise NotImplementedError

    def handle_lost_connection(self) -> None:
        """Handle the end of the connection, from either side."""
        raise NotImplementedError

    @property
    def arriving_body(self) -> ByteStream | None:
        """The body whose end has not arrived."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        # Not an instance check: uvloop's transports are none of asyncio's.
        self.transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()
        # Without a limit of zero, uvloop sends at the end of its turn, after all ready tasks.
        self.transport.set_write_buffer_limits(0)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Wake the tasks that wait to write."""
        if not self.is_closed:
            self.is_closed = True
            self._is_writable = False
            self._wake_writer()
            self.handle_lost_connection()

    def eof_received(self) -> None:
        """Treat a half-closed connection as closed: a client that left looks the same."""
        self.connection_lost(None)

    def data_received(self, data: bytes) -> None:
        """Parse; bound what the parser may gather without reporting it."""
        if self._quickack:
            self._acknowledge()
        if self.ignoring_input:
            return
        self._reported = False
        try:
            self._parse(data)
        except httptools.HttpParserCallbackError as error:
            if not isinstance(error.__context__, MalformedMessageError):
                raise
            self._reject_message(error.__context__)
        except httptools.HttpParserError as error:
            is_tls = data.startswith(_TLS_HANDSHAKE)
            reason = "a TLS handshake, and this port has no TLS" if is_tls else str(error)
            self._reject_message(MalformedMessageError(reason))
        else:
            if body := self.arriving_body:
                body.flush()
                self._pause_if_busy(len(data))
            self._unreported_bytes = 0 if self._reported else self._unreported_bytes + len(data)
            if self._unreported_bytes > self._max_head_bytes:
                reason = "a header or chunk line without end"
                self._reject_message(MalformedMessageError(reason, status=431))

    def _pause_if_busy(self, size: int) -> None:
        """Pause reading for a moment after many small reads without a pause between them."""
        now = self._loop.time()
        is_small = size < _SMALL_READ_BYTES and now - self._read_at < _PAUSE_SECONDS
        self._small_reads = self._small_reads + 1 if is_small else 0
        self._read_at = now
        if self._small_reads > _MAX_SMALL_READS:
            self.pause_reading_for(_BUSY_PEER)
            self._loop.call_later(_PAUSE_SECONDS, self._end_pause)

    def _end_pause(self) -> None:
        self._read_at = self._loop.time()
        self.resume_reading_for(_BUSY_PEER)

    def _parse(self, data: bytes) -> None:
        """Parse; a request to change the protocol is served as if it were none (RFC 9110, 7.8)."""
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:  # noqa: PERF203 - once a message
                if self.is_tunnel():
                    self.ignoring_input = True
                    return
                self.resume_after_upgrade()
                data = data[upgrade.args[0] :]
                if not data:
                    return
            else:
                return

    def resume_after_upgrade(self) -> None:
        """Go on with the message, or the next one, in HTTP/1.1."""

    def is_tunnel(self) -> bool:
        """Return whether what follows the current message is not HTTP."""
        return True

    def _reject_message(self, error: MalformedMessageError) -> None:
        self.ignoring_input = True
        self.handle_malformed_message(error)

    def _acknowledge(self) -> None:
        """Acknowledge at once: a peer without TCP_NODELAY waits 40 ms otherwise."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def count_header_bytes(self, size: int) -> None:
        """Note that the parser reported `size` bytes of a head or trailer.

        Raises:
            MalformedMessageError: The head of the message exceeds its limit.
        """
        self._reported = True
        self._head_bytes += size
        if self._head_bytes > self._max_head_bytes:
            self._reject_head()

    def _reject_head(self) -> NoReturn:
        reason = f"headers of more than {self._max_head_bytes} bytes"
        raise MalformedMessageError(reason, status=431)

    def on_message_begin(self) -> None:
        """httptools: the first byte of a message."""
        self._reported = True
        self._head_bytes = 0
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools: a header, or after the body a trailer."""
        self._reported = True
        self._head_bytes += len(name) + len(value) + 4
        if self._head_bytes > self._max_head_bytes:
            self._reject_head()
        self.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def pause_reading_for(self, reason: object) -> None:
        """Stop reading until `resume_reading_for` is called with the same reason."""
        if not self._pause_reasons and not self.is_closed:
            self.transport.pause_reading()
        self._pause_reasons.add(reason)

    def resume_reading_for(self, reason: object) -> None:
        """Read again, unless there is another reason not to."""
        if reason in self._pause_reasons:
            self._pause_reasons.discard(reason)
            if not self._pause_reasons and not self.transport.is_closing():
                self.transport.resume_reading()

    def pause_writing(self) -> None:
        """asyncio: the peer is slow."""
        self._is_writable = False

    def resume_writing(self) -> None:
        """asyncio: the peer has caught up."""
        self._is_writable = not self.is_closed
        self._wake_writer()

    def _wake_writer(self) -> None:
        if self._writer is not None and not self._writer.done():
            self._writer.set_result(None)
        self._writer = None

    def write(self, *data: bytes) -> None:
        """Send soon: at the end of this turn of the loop, or now when there is much."""
        if not self._outgoing and data:
            self._loop.call_soon(self.flush)
        self._outgoing += data
        self._outgoing_bytes += sum(map(len, data))
        if self._outgoing_bytes >= HIGH_WATER_BYTES:
            self.flush()

    def write_now(self, *data: bytes) -> bool:
        """Send what was written before, and this, without a turn of the loop.

        Returns False if the peer does not keep up, or has gone.
        """
        if self._outgoing:
            data = (*self._outgoing, *data)
            self._outgoing, self._outgoing_bytes = [], 0
        if data and not self.is_closed:
            self._send(data)
        return self._is_writable

    def flush(self) -> None:
        """Send what was written."""
        self.write_now()

    def _send(self, data: Sequence[bytes]) -> None:
        """Hand data over to the transport: joined if it is small."""
        if max(map(len, data)) < _ZERO_COPY_MIN_BYTES:
            self.transport.write(b"".join(data))
        else:
            self.transport.writelines(data)

    async def drain(self) -> None:
        """Wait until the peer keeps up.

        Raises:
            ConnectionResetError: The peer has disconnected.
        """
        while not self._is_writable and not self.is_closed:
            if self._writer is None or self._writer.done():
                self._writer = self._loop.create_future()
            await self._writer
        if self.is_closed:
            raise ConnectionResetError("the peer closed the connection")

    def close(self) -> None:
        """Close once everything written is on its way."""
        self.flush()
        self.transport.close()

    def close_gracefully(self) -> None:
        """Send the pending writes and close soon, even if the peer neither reads nor stops.

        Input that arrives meanwhile is read and discarded. Unread input would reset the connection,
        and the peer could lose the response.
        """
        if self.is_closed:
            return
        self.flush()
        self.ignoring_input = True
        for reason in tuple(self._pause_reasons):
            self.resume_reading_for(reason)
        self._loop.call_later(CLOSE_TIMEOUT_SECONDS, self.transport.abort)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()
