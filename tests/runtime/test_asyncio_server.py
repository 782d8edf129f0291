"""The event loop of the runtime asks the kernel for events less often than asyncio's own."""

from __future__ import annotations

import asyncio
import itertools
import signal
import socket
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import AsyncMock

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


async def test_the_loop_that_serves_polls_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop of another package is served as it is."""
    selectors: list[object] = []
    monkeypatch.setattr(asyncio_server, "_poll_less", selectors.append)
    monkeypatch.setattr("signal.getsignal", lambda _: signal.SIG_IGN)
    loop = asyncio.get_running_loop()
    other_loop = SimpleNamespace(create_task=loop.create_task)
    api = SimpleNamespace(get_invocation=AsyncMock(side_effect=asyncio.CancelledError))
    for serving_loop in (loop, other_loop):
        monkeypatch.setattr("asyncio.get_running_loop", lambda loop=serving_loop: loop)
        await asyncio_server._serve_until_sigterm(api, AsyncMock())  # type: ignore[arg-type]  # has what it uses

    assert selectors == [loop._selector]  # type: ignore[attr-defined]  # private


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
