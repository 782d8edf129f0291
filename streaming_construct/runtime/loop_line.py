"""The connection to the Runtime API, waited for on asyncio's event loop."""

from __future__ import annotations

import asyncio

from streaming_construct.runtime.line import READ_BYTES, Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


class LoopLine(Line):
    """A `Line` whose coroutines suspend, so that the function's own tasks run meanwhile.

    Made within a running loop.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._loop = asyncio.get_running_loop()

    async def receive(self) -> bytes:
        """Returns what has come, empty at the end of the line."""
        return await self._loop.sock_recv(self.socket, READ_BYTES)

    async def writable(self) -> None:
        """Returns once the kernel takes more."""
        ready = self._loop.create_future()
        descriptor = self.socket.fileno()
        self._loop.add_writer(descriptor, _settle, ready)
        try:
            await ready
        finally:
            self._loop.remove_writer(descriptor)

    async def broken_off(self) -> None:
        """Returns once the other side ends the connection or answers before its time."""
        ready = self._loop.create_future()
        descriptor = self.socket.fileno()
        self._loop.add_reader(descriptor, _settle, ready)
        try:
            await ready
        finally:
            self._loop.remove_reader(descriptor)

    def soon(self, delay: float, callback: Callable[[], None]) -> None:
        """Calls back at the loop's next turn, or after `delay` seconds."""
        if delay:
            self._loop.call_later(delay, callback)
        else:
            self._loop.call_soon(callback)

    def _prepare(self, connection: socket.socket) -> None:
        connection.settimeout(0)


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
