"""A connection to the Runtime API whose coroutines suspend on asyncio's event loop."""

from __future__ import annotations

import asyncio

from streaming_construct.runtime.connection import READ_BYTES, Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


class AsyncConnection(Connection):
    """A connection whose coroutines suspend, so that the function's own tasks run meanwhile.

    Made within a running loop.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._loop = asyncio.get_running_loop()
        self._writable: asyncio.Future[None] | None = None

    async def recv(self) -> bytes:
        """Returns what has come, empty at the end of the connection."""
        return await self._loop.sock_recv(self.socket, READ_BYTES)

    async def writable(self) -> None:
        """Returns once the kernel takes more; several tasks may wait."""
        if self._writable is None:
            self._writable = self._loop.create_future()
            self._loop.add_writer(self.socket.fileno(), self._stop_writing)
        await asyncio.shield(self._writable)

    async def wait_disconnected(self) -> None:
        """Returns once the other side ends the connection or responds early."""
        ready = self._loop.create_future()
        # A second descriptor: `recv` watches the first, and each removes only its own watch.
        with self.socket.dup() as copy:
            self._loop.add_reader(copy.fileno(), _settle, ready)
            try:
                await ready
            finally:
                self._loop.remove_reader(copy.fileno())

    def close(self) -> None:
        """Ends the connection; the next use opens another."""
        self._stop_writing()
        super().close()

    def call_soon(self, delay: float, callback: Callable[[], None]) -> None:
        """Calls back at the loop's next turn, or after `delay` seconds."""
        if delay:
            self._loop.call_later(delay, callback)
        else:
            self._loop.call_soon(callback)

    def _stop_writing(self) -> None:
        if self._writable is not None:
            self._loop.remove_writer(self.socket.fileno())
            _settle(self._writable)
            self._writable = None

    def _configure_socket(self, connection: socket.socket) -> None:
        connection.settimeout(0)


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
