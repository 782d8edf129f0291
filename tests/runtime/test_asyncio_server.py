"""The event loop of the runtime asks the kernel for events less often than asyncio's own."""

from __future__ import annotations

import asyncio
import itertools
import socket
from typing import TYPE_CHECKING

import pytest

from streaming_construct.runtime import asyncio_server

if TYPE_CHECKING:
    from selectors import SelectorKey

pytestmark = pytest.mark.anyio


class RecordingSelector:
    """A selector without events, which records the timeouts."""

    def __init__(self) -> None:
        self.timeouts: list[float | None] = []

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        self.timeouts.append(timeout)
        return []


def test_iterations_of_the_loop_that_follow_at_once_share_a_poll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(asyncio_server, "monotonic", lambda: now)
    selector = RecordingSelector()
    asyncio_server._poll_less(selector)  # type: ignore[arg-type]  # it has the one method in use

    for timeout in (0, 0, 0.5, 0, None, 0):
        selector.select(timeout)
    for _ in range(2):
        now += 0.6 * asyncio_server._POLL_SECONDS
        selector.select(0)

    assert selector.timeouts == [0, 0.5, None, 0]


async def test_callbacks_without_end_do_not_keep_events_away() -> None:
    """A task that yields again and again lets a reader have its data."""
    loop = asyncio.get_running_loop()
    asyncio_server._poll_less(loop._selector)  # type: ignore[attr-defined]  # private
    received: list[bytes] = []
    ours, theirs = socket.socketpair()

    def read() -> None:
        received.append(ours.recv(1))

    async def yield_until_received() -> None:
        for number in itertools.count():
            if number == 3:  # after the first poll
                theirs.send(b"x")
            if received:
                break
            await asyncio.sleep(0)

    with ours, theirs:
        loop.add_reader(ours, read)
        try:
            await asyncio.wait_for(yield_until_received(), 20)
        finally:
            loop.remove_reader(ours)

    assert received == [b"x"]
