"""Serving on asyncio's event loop: ASGI apps, and handlers declared `async def`."""

from __future__ import annotations

import asyncio
import signal
import sys
from time import monotonic

from streaming_construct.runtime.async_connection import AsyncConnection
from streaming_construct.runtime.errors import LambdaError
from streaming_construct.runtime.response import handle_invocation
from streaming_construct.runtime.runtime_api import RuntimeApi
from streaming_construct.runtime.snapstart import run_snapstart_hooks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from selectors import BaseSelector
    from typing import Any

    from streaming_construct.runtime.response import Handle

# How long an event of the kernel waits at most while callbacks are due.
_POLL_SECONDS = 0.0005


def serve_async(function: Any, kind: str, address: str, flush_interval: float) -> None:
    """Serve until SIGTERM, which lets an invocation under way finish.

    Raises:
        RuntimeApiError: The Runtime API ended this execution environment.
        SystemExit: The app's startup failed; the error has been reported.
    """
    serving = _serve_asgi if kind == "asgi" else _serve_async
    asyncio.run(serving(function, address, flush_interval))


async def _serve_async(function: Any, address: str, flush_interval: float) -> None:
    from streaming_construct.runtime import plain_handler

    api = RuntimeApi(AsyncConnection(address), flush_interval)
    await run_snapstart_hooks(api)
    await _serve_until_sigterm(api, plain_handler.make_handler(function, on_loop=True))


async def _serve_asgi(app: Any, address: str, flush_interval: float) -> None:
    from streaming_construct.runtime.web import asgi

    connection = AsyncConnection(address)
    api = RuntimeApi(connection, flush_interval)
    lifespan = asgi.Lifespan(app)
    try:
        await lifespan.start_up()
    except LambdaError as error:
        await api.report_error("/init/error", error)
        sys.exit(1)
    await run_snapstart_hooks(api)
    try:
        await _serve_until_sigterm(api, asgi.make_handler(app, connection, lifespan.state))
    finally:
        await lifespan.shut_down()


async def _serve_until_sigterm(api: RuntimeApi, handle: Handle) -> None:
    loop = asyncio.get_running_loop()
    serving: asyncio.Task[None] | None = None
    is_idle, is_over = True, False

    def stop() -> None:
        nonlocal is_over
        is_over = True
        if is_idle and serving is not None:
            serving.cancel()

    async def serve_next() -> None:
        nonlocal is_idle
        invocation = await api.get_invocation()
        is_idle = False
        await handle_invocation(api, handle, invocation)

    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        loop.add_signal_handler(signal.SIGTERM, stop)
    if selector := getattr(loop, "_selector", None):  # loops of other packages have none
        _poll_less(selector)
    while not is_over:
        is_idle = True
        # A new task, so that context variables of one invocation are not visible to the next.
        serving = loop.create_task(serve_next())
        try:
            await serving
        except asyncio.CancelledError:
            return


def _poll_less(selector: BaseSelector) -> None:
    """Let turns of the loop that follow at once share a system call.

    asyncio asks the kernel for events at each turn, even if callbacks are due. An invocation has
    several such turns.
    """
    select, polled_at = selector.select, 0.0

    def select_less(timeout: float | None = None) -> list[Any]:
        nonlocal polled_at
        if timeout == 0 and monotonic() < polled_at + _POLL_SECONDS:
            return []
        events = select(timeout)
        polled_at = monotonic()
        return events

    selector.select = select_less  # type: ignore[method-assign]  # of this instance
