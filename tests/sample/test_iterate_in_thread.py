"""Blocking work in a thread, streamed from the event loop."""

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def iterate_in_thread(web_module: Callable[[str], ModuleType]) -> Callable[..., Any]:
    function: Callable[..., Any] = web_module("iterate_in_thread").iterate_in_thread
    return function


async def collect(items: Any) -> list[object]:
    return [item async for item in items]


async def test_items_come_in_order(iterate_in_thread: Callable[..., Any]) -> None:
    """All items arrive, None included. One thread makes them, and not that of the loop."""
    threads = set()

    def work() -> Generator[object, None, None]:
        for number in range(100):
            threads.add(threading.get_ident())
            yield number or None

    assert await collect(iterate_in_thread(work)) == [None, *range(1, 100)]
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_the_loop_stays_free_while_work_blocks(iterate_in_thread: Callable[..., Any]) -> None:
    """A task runs every 10 ms while three items block for 200 ms each."""
    ticked = 0

    def work() -> Generator[int, None, None]:
        for number in range(3):
            time.sleep(0.2)
            yield number

    async def ticking() -> None:
        nonlocal ticked
        while True:
            await asyncio.sleep(0.01)
            ticked += 1

    async def both() -> list[object]:
        ticks = asyncio.create_task(ticking())
        try:
            return await collect(iterate_in_thread(work))
        finally:
            ticks.cancel()

    assert await both() == [0, 1, 2]
    assert ticked > 15  # on the loop itself, one or two an item


async def test_a_slow_reader_slows_the_work(iterate_in_thread: Callable[..., Any]) -> None:
    """The work is never further ahead than allowed."""
    produced = 0

    def work() -> Generator[int, None, None]:
        nonlocal produced
        for number in range(50):
            produced += 1
            yield number

    ahead = []
    async for item in iterate_in_thread(work, max_ahead=3):
        await asyncio.sleep(0.005)
        ahead.append(produced - item)

    assert max(ahead) <= 3 + 2  # one item waits to enter the queue, and one is being read


async def test_errors_come_after_the_items_before_them(
    iterate_in_thread: Callable[..., Any],
) -> None:
    """An exception in the thread is raised in the code that reads its items."""

    def work() -> Generator[str, None, None]:
        yield "one"
        raise LookupError("nothing more")

    items = iterate_in_thread(work)
    assert await anext(items) == "one"
    with pytest.raises(LookupError, match="nothing more"):
        await anext(items)


async def test_the_work_ends_when_the_reader_leaves(iterate_in_thread: Callable[..., Any]) -> None:
    """Its `finally` blocks run, and it makes no more items than it may be ahead."""
    closed = threading.Event()
    produced = 0

    def work() -> Generator[int, None, None]:
        nonlocal produced
        try:
            while True:
                produced += 1
                yield produced
        finally:
            closed.set()

    items = iterate_in_thread(work, max_ahead=2)
    assert await anext(items) == 1
    await items.aclose()
    result = await asyncio.to_thread(closed.wait, 5)

    assert result
    assert produced <= 5
