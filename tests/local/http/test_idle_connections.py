"""Connections that wait too long for a request, by a clock that the test advances."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from streaming_construct.local.http.idle_connections import IdleConnections
from streaming_construct.local.http.request import Request
from streaming_construct.local.http.response_writer import ResponseWriter
from streaming_construct.local.http.server import serve

pytestmark = pytest.mark.anyio
Advance = Callable[[float], Awaitable[None]]


class RecordedConnection:
    """A connection that counts how often it is closed."""

    def __init__(self) -> None:
        self.closed = 0

    def abort(self) -> None:
        self.closed += 1


async def test_each_connection_has_its_own_time(advance: Advance) -> None:
    """One timer closes each of them when its time is over, also if they begin at other times."""
    idle = IdleConnections(10)
    connections = [RecordedConnection() for _ in range(3)]
    for connection in connections:
        idle.add(connection)
        await advance(4)
    closed = []
    for _ in range(5):
        closed.append([connection.closed for connection in connections])
        await advance(3)

    # At 12, 15, 18, 21 and 24 s; they are due at 10, 14 and 18 s.
    assert closed == [[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1]]


async def test_a_request_stops_the_time_and_its_end_starts_it_again(advance: Advance) -> None:
    """The timer that was set for it closes no other connection."""
    idle = IdleConnections(10)
    busy, waiting = RecordedConnection(), RecordedConnection()
    idle.add(busy)
    await advance(5)
    idle.add(waiting)
    idle.remove(busy)
    await advance(6)
    assert (busy.closed, waiting.closed) == (0, 0)
    idle.add(busy)
    await advance(5)
    assert (busy.closed, waiting.closed) == (0, 1)
    await advance(6)
    assert (busy.closed, waiting.closed) == (1, 1)


async def test_a_connection_that_starts_again_delays_no_other(advance: Advance) -> None:
    idle = IdleConnections(10)
    restarted, waiting = RecordedConnection(), RecordedConnection()
    idle.add(restarted)
    idle.add(waiting)
    await advance(5)
    idle.add(restarted)
    await advance(6)
    assert (restarted.closed, waiting.closed) == (0, 1)
    await advance(6)
    assert (restarted.closed, waiting.closed) == (1, 1)
    idle.add(waiting)
    await advance(11)
    assert waiting.closed == 2


async def test_no_connection_is_closed_after_the_server(advance: Advance) -> None:
    """A connection that waits again afterwards has its full time."""
    idle = IdleConnections(10)
    connection, other = RecordedConnection(), RecordedConnection()
    idle.add(connection)
    idle.add(other)
    await advance(5)
    idle.close()
    await advance(20)
    assert connection.closed == 0
    idle.add(connection)
    await advance(9)
    assert connection.closed == 0
    await advance(1.1)
    assert (connection.closed, other.closed) == (1, 0)


async def test_one_timer_serves_all_connections(
    advance: Advance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after the first time is over. The end of the server cancels it."""
    loop = asyncio.get_running_loop()
    call_at, timers = loop.call_at, list[asyncio.TimerHandle]()

    def record(*arguments: Any, **options: Any) -> asyncio.TimerHandle:
        timers.append(call_at(*arguments, **options))
        return timers[-1]

    monkeypatch.setattr(loop, "call_at", record)
    idle = IdleConnections(10)
    for _ in range(4):
        idle.add(RecordedConnection())
        await advance(3)
    assert len(timers) == 2
    idle.close()
    assert [timer.cancelled() for timer in timers] == [False, True]


async def respond_empty(_request: Request, respond: ResponseWriter) -> None:
    await respond.start(200, [("Content-Length", "0")])
    await respond.end()


async def test_a_server_forgets_a_closed_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does so at once. At its own end, it stops the time of the others."""
    idle = IdleConnections(60)
    monkeypatch.setattr("streaming_construct.local.http.server.IdleConnections", lambda _: idle)
    async with serve(respond_empty) as server:
        writers = []
        for _ in range(2):
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            writers.append(writer)
        writers[0].close()
        ends = time.monotonic() + 20
        while len(idle._deadlines) != 1:
            assert time.monotonic() < ends
            await asyncio.sleep(0.001)
        assert idle._timer
    assert not idle._deadlines
    assert not idle._timer
    writers[1].close()
