"""Blocking work beside the event loop: a thread makes items, the loop streams them.

On the loop itself, a database driver, boto3 or a long computation would hold up every other stream
of the process, heartbeats included.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True)
class _End:
    error: BaseException | None


async def from_thread(
    make: Callable[[], Generator[T, None, None]], ahead: int = 4
) -> AsyncIterator[T]:
    """Yield what the generator of `make` yields, which runs in a thread of its own.

    The whole generator runs in the same thread, as SQLite wants. It is at most `ahead` items ahead
    of the client, so memory stays bounded. When the client goes, it is closed at the next item it
    makes: its `finally` blocks run, in its thread.

    Raises:
        Exception: whatever the generator raises, after the items it made before.
    """
    loop = asyncio.get_running_loop()
    made: asyncio.Queue[_Item[T] | _End] = asyncio.Queue()
    room = threading.Semaphore(ahead)
    gone = threading.Event()

    def hand_over(item: _Item[T] | _End) -> None:
        # A loop that is closed has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(made.put_nowait, item)

    def work() -> None:
        error: BaseException | None = None
        try:
            with contextlib.closing(make()) as items:
                for item in items:
                    room.acquire()
                    if gone.is_set():
                        return
                    hand_over(_Item(item))
        except BaseException as caught:  # noqa: BLE001 - it is raised again, where it is read
            error = caught
        hand_over(_End(error))

    # A daemon, because the process may end while it waits for a database or a model.
    threading.Thread(target=work, name="from_thread", daemon=True).start()
    try:
        while isinstance(item := await made.get(), _Item):
            room.release()
            yield item.value
        if item.error is not None:
            raise item.error
    finally:
        gone.set()
        room.release()
