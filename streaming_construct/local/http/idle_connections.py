"""`IdleConnections`: closes connections that wait too long for a request."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

# Timers of the event loop have this resolution.
_RESOLUTION_SECONDS: Final = 0.001


class IdleConnection(Protocol):
    """A connection that waits for a request."""

    def abort(self) -> None:
        """Close the connection at once."""


class IdleConnections:
    """The connections of a server that wait for a request, each for at most `seconds`.

    One timer serves all of them: a timer for each request would cost more than its parsing.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # The one that began to wait first comes first.
        self._deadlines: dict[IdleConnection, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, connection: IdleConnection) -> None:
        """Start the time of a connection, again if it waits already."""
        loop = asyncio.get_running_loop()
        self._deadlines.pop(connection, None)
        self._deadlines[connection] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._close_expired)

    def remove(self, connection: IdleConnection) -> None:
        """Stop the time of a connection, if it waits."""
        self._deadlines.pop(connection, None)

    def close(self) -> None:
        """Stop all times."""
        self._deadlines.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close_expired(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        for connection, deadline in tuple(self._deadlines.items()):
            if deadline > loop.time() + _RESOLUTION_SECONDS:
                self._timer = loop.call_at(deadline, self._close_expired)
                break
            del self._deadlines[connection]
            connection.abort()
