"""Serving on asyncio's event loop: ASGI apps, and handlers declared `async def`."""

from __future__ import annotations

import asyncio
import signal
import sys

from streaming_construct.runtime import asgi, fault, logs, plain
from streaming_construct.runtime.answer import serve_one
from streaming_construct.runtime.line import READ_BYTES, Line
from streaming_construct.runtime.runtime_api import RuntimeApi
from streaming_construct.runtime.snapstart import pass_through

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any

    from streaming_construct.runtime.answer import Handle


def serve_on_loop(function: Any, kind: str, address: str, gather: float) -> None:
    """Serves until SIGTERM, which lets an invocation under way finish.

    Raises:
        RuntimeApiError: The Runtime API ended this execution environment.
        SystemExit: The app's startup failed; Lambda has been told.
    """
    serving = _serve_asgi if kind == "asgi" else _serve_async
    asyncio.run(serving(function, address, gather))


async def _serve_async(function: Any, address: str, gather: float) -> None:
    api = RuntimeApi(LoopLine(address), gather)
    await pass_through(api)
    await _serve_until_sigterm(api, plain.serving(function, on_loop=True))


async def _serve_asgi(app: Any, address: str, gather: float) -> None:
    line = LoopLine(address)
    api = RuntimeApi(line, gather)
    lifespan = asgi.Lifespan(app)
    try:
        await lifespan.startup()
    except fault.Fault as error:
        described = fault.describe(error)
        logs.error(described)
        await api.report("/init/error", described)
        sys.exit(1)
    await pass_through(api)
    try:
        await _serve_until_sigterm(api, asgi.serving(app, line, lifespan.state))
    finally:
        await lifespan.shutdown()


async def _serve_until_sigterm(api: RuntimeApi, handle: Handle) -> None:
    loop, serving = asyncio.get_running_loop(), asyncio.current_task()
    is_idle, is_over = True, False

    def stop() -> None:
        nonlocal is_over
        is_over = True
        if is_idle and serving is not None:
            serving.cancel()

    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        loop.add_signal_handler(signal.SIGTERM, stop)
    while not is_over:
        is_idle = True
        try:
            invocation = await api.next()
        except asyncio.CancelledError:
            return
        is_idle = False
        # A task of its own: what one invocation puts into context variables, the next must not see.
        await loop.create_task(serve_one(api, handle, invocation))


class LoopLine(Line):
    """A `Line` whose coroutines suspend, so that the function's own tasks run meanwhile.

    Made within a running loop.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._loop = asyncio.get_running_loop()
        self._writable: asyncio.Future[None] | None = None

    async def receive(self) -> bytes:
        """Returns what has come, empty at the end of the line."""
        return await self._loop.sock_recv(self.socket, READ_BYTES)

    async def writable(self) -> None:
        """Returns once the kernel takes more; several tasks may wait."""
        if self._writable is None:
            self._writable = self._loop.create_future()
            self._loop.add_writer(self.socket.fileno(), self._stop_writing)
        await asyncio.shield(self._writable)

    async def broken_off(self) -> None:
        """Returns once the other side ends the connection or answers before its time."""
        ready = self._loop.create_future()
        # A descriptor of its own: `receive` watches the other, and each undoes only its own.
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

    def soon(self, delay: float, callback: Callable[[], None]) -> None:
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

    def _prepare(self, connection: socket.socket) -> None:
        connection.settimeout(0)


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
