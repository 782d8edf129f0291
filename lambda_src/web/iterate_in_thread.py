"""Blocking work in a thread, streamed by the event loop.

On the event loop itself, a database driver, boto3 or a long computation would block all other
streams of the process, heartbeats included.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True)
class _End:
    error: BaseException | None


async def iterate_in_thread(
    start: Callable[[], Generator[T, None, None]], max_ahead: int = 4
) -> AsyncGenerator[T, None]:
    """Run the generator that `start` returns in a separate thread, and yield its items.

    The whole generator runs in one thread, as SQLite requires. It is at most `max_ahead` items
    ahead of the client, so that memory is bounded. If the client disconnects, the generator is
    closed after its next item: its `finally` blocks run, in its thread.

    Raises:
        Exception: Any exception of the generator, after its items.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[_Item[T] | _End] = asyncio.Queue()
    capacity = threading.Semaphore(max_ahead)
    is_closed = threading.Event()

    def put(item: _Item[T] | _End) -> None:
        # The loop may be closed already.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(queue.put_nowait, item)

    def run() -> None:
        error: BaseException | None = None
        try:
            with contextlib.closing(start()) as items:
                for item in items:
                    capacity.acquire()
                    if is_closed.is_set():
                        return
                    put(_Item(item))
        except BaseException as caught:  # noqa: BLE001 - raised again by the consumer
            error = caught
        put(_End(error))

    # A daemon thread, so that the process can exit while it waits for a database or a model.
    threading.Thread(target=run, name="iterate_in_thread", daemon=True).start()
    try:
        while isinstance(item := await queue.get(), _Item):
            capacity.release()
            yield item.value
        if item.error is not None:
            raise item.error
    finally:
        is_closed.set()
        capacity.release()
