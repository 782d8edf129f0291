"""A connection to the Runtime API whose coroutines suspend on asyncio's event loop."""

from __future__ import annotations

import asyncio

from streaming_construct.runtime.connection import READ_BYTES, Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable


class AsyncConnection(Connection):
    """A connection whose coroutines suspend, so that the function's own tasks run meanwhile.

    Made within a running loop.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._loop = asyncio.get_running_loop()
        self._received: list[bytes] = []
        self._readable: list[asyncio.Future[None]] = []
        self._writable: asyncio.Future[None] | None = None

    async def recv(self) -> bytes:
        """Return the received bytes, empty at the end of the connection."""
        if self.socket and not self._received:
            await self.wait_disconnected()
        return self._received.pop(0)

    async def wait_disconnected(self) -> None:
        """Return once the other side ends the connection or responds early."""
        if not self._received:
            readable = self._loop.create_future()
            self._readable.append(readable)
            await readable

    async def wait_writable(self) -> None:
        """Wait until the kernel takes more; several tasks may wait."""
        if self._writable is None:
            self._writable = self._loop.create_future()
            self._loop.add_writer(self.socket.fileno(), self._stop_writing)
        await asyncio.shield(self._writable)

    def close(self) -> None:
        """End the connection; the next use opens another."""
        if self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())
        self._received.clear()
        self._stop_writing()
        super().close()

    def call_soon(self, delay: float, callback: Callable[[], None]) -> None:
        """Call back at the loop's next turn, or after `delay` seconds."""
        if delay:
            self._loop.call_later(delay, callback)
        else:
            self._loop.call_soon(callback)

    def _stop_writing(self) -> None:
        if self._writable is not None:
            self._loop.remove_writer(self.socket.fileno())
            _wake(self._writable)
            self._writable = None

    def _configure_socket(self, connection: socket) -> None:
        connection.settimeout(0)
        # Once for a connection: to watch it for each response takes three system calls more.
        self._loop.add_reader(connection.fileno(), self._read)

    def _read(self) -> None:
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._loop.remove_reader(self.socket.fileno())
        self._received.append(data)
        while self._readable:
            _wake(self._readable.pop())


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
