"""A blocking connection to the Runtime API: no event loop, no asyncio."""

from __future__ import annotations

# Not `socket`, whose enumerations cost more to import than half of this runtime.
import _socket as sockets
import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, Protocol, TypeVar

    T = TypeVar("T")

    class Disconnectable(Protocol):
        """Connection interface that an ASGI app uses."""

        async def wait_disconnected(self) -> None:
            """Return once the Runtime API has ended the connection."""


# Below the size from which malloc asks the kernel for memory and returns it each time.
READ_BYTES = 64 * 1024


class Connection:
    """One TCP connection, opened when first needed and again after it broke.

    Its coroutines block instead of suspending, so that `run` can drive a coroutine without a loop.

    Args:
        address: `host:port`, as `AWS_LAMBDA_RUNTIME_API` gives it.
        wakeup: The reading end of the socket of `signal.set_wakeup_fd`. Default: none.
    """

    def __init__(self, address: str, wakeup: int = -1) -> None:
        host, _, port = address.rpartition(":")
        self.address = address
        self._wakeup = wakeup
        self._target = (host.strip("[]"), int(port)) if host else (address, 80)
        self._socket: sockets.socket | None = None

    @property
    def socket(self) -> sockets.socket:
        """The open connection.

        Raises:
            OSError: It cannot be opened.
        """
        if self._socket is None:
            # Not create_connection: its look-up imports the codec of international names.
            family = sockets.AF_INET6 if ":" in self._target[0] else sockets.AF_INET
            self._socket = sockets.socket(family)
            self._socket.connect(self._target)
            self._socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
            self._configure_socket(self._socket)
        return self._socket

    def close(self) -> None:
        """End the connection; the next use opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def recv(self) -> bytes:
        """Return the received bytes, empty at the end of the connection."""
        connection = self.socket
        # `recv` alone would sleep through a signal that comes just before it.
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        if self._wakeup >= 0:
            poll.register(self._wakeup, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in poll.poll()]
            if self._wakeup in ready:
                os.read(self._wakeup, READ_BYTES)
            if connection.fileno() in ready:
                return connection.recv(READ_BYTES)

    async def wait_writable(self) -> None:
        """Return once the kernel takes more."""
        poll = select.poll()
        poll.register(self.socket, select.POLLOUT)
        poll.poll()

    def call_soon(self, delay: float, callback: Callable[[], None]) -> None:
        """Call back at the next turn of the event loop; here the watchdog does it."""

    def _configure_socket(self, connection: sockets.socket) -> None:
        """Set a new connection up for this way of waiting."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that blocks and never suspends.

    Raises:
        RuntimeError: It suspended all the same, having awaited something that needs asyncio.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    raise RuntimeError("awaited something that needs asyncio: declare the handler `async def`")
