"""`ResponseDeadline`: ends a response that takes too long or whose client disconnects."""

from __future__ import annotations

import asyncio
import math
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class AbortReason(Enum):
    """Why a response ended early."""

    TIMEOUT = "timeout"
    IDLE_TIMEOUT = "idle timeout"
    CLIENT_DISCONNECTED = "client disconnected"
    LENGTH = "length"
    FUNCTION_ERROR = "function error"


class ResponseAborted(Exception):  # noqa: N818 - a client that leaves is no error
    """A response cannot be completed: `reason` is the kind, the message has the details."""

    def __init__(self, reason: AbortReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def create_disconnect_error() -> ResponseAborted:
    """Return the exception for a client that closed its connection."""
    return ResponseAborted(AbortReason.CLIENT_DISCONNECTED, "the client disconnected")


class ResponseDeadline:
    """Cancels the task inside it at a timeout or when the client disconnects.

    The response may take `total_seconds`, and `idle_seconds` between two calls of
    `reset_idle_timer`; infinity means no limit. One timer serves the whole response, so that a
    chunk costs none. The exit of the context raises `ResponseAborted`.
    """

    def __init__(
        self, *, total_seconds: float, idle_seconds: float, disconnected: asyncio.Future[None]
    ) -> None:
        self._total_seconds = total_seconds
        self._idle_seconds = idle_seconds
        self._disconnected = disconnected
        self._aborted: ResponseAborted | None = None
        self._timer: asyncio.TimerHandle | None = None

    def reset_idle_timer(self) -> None:
        """Restart the idle time."""
        self._active_at = self._loop.time()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs is in a task
        self._task = task
        self._active_at = self._loop.time()
        self._ends_at = self._active_at + self._total_seconds
        self._schedule()
        self._disconnected.add_done_callback(self._on_disconnect)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer:
            self._timer.cancel()
        self._disconnected.remove_done_callback(self._on_disconnect)
        if self._aborted and kind is asyncio.CancelledError:
            if hasattr(self._task, "uncancel"):  # Python 3.11 counts cancellations
                self._task.uncancel()
            raise self._aborted from error

    def _compute_next_check(self) -> float:
        return min(self._ends_at, self._active_at + self._idle_seconds)

    def _schedule(self) -> None:
        check_at = self._compute_next_check()
        self._timer = None if math.isinf(check_at) else self._loop.call_at(check_at, self._check)

    def _check(self) -> None:
        now = self._loop.time()
        if now < self._compute_next_check():
            self._schedule()
        elif now >= self._ends_at:
            message = f"the timeout of {self._total_seconds:g} s is over"
            self._abort(ResponseAborted(AbortReason.TIMEOUT, message))
        else:
            message = f"no data for {self._idle_seconds:g} s"
            self._abort(ResponseAborted(AbortReason.IDLE_TIMEOUT, message))

    def _on_disconnect(self, _: asyncio.Future[None]) -> None:
        self._abort(create_disconnect_error())

    def _abort(self, aborted: ResponseAborted) -> None:
        if self._aborted is None:
            self._aborted = aborted
            self._task.cancel()
