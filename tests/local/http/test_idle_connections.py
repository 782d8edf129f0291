"""Connections that wait too long for a request, by a clock that the test advances."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from streaming_construct.local.http.idle_connections import IdleConnections

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
    connection = RecordedConnection()
    idle.add(connection)
    await advance(5)
    idle.close()
    await advance(20)
    assert connection.closed == 0
    idle.add(connection)
    await advance(9)
    assert connection.closed == 0
    await advance(1.1)
    assert connection.closed == 1
