"""What may cut an answer short: its time, silence, its client, or a length it does not keep."""

from __future__ import annotations

import asyncio
import math
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class AbortReason(Enum):
    """Why an answer was cut short."""

    TOTAL = "total"
    IDLE = "idle"
    GONE = "gone"
    LENGTH = "length"


class ResponseAborted(Exception):  # noqa: N818 - it is what happened, not necessarily an error
    """What a `Watch` watched was interrupted: `cut` says why, the text says it in full."""

    def __init__(self, cut: AbortReason, text: str) -> None:
        super().__init__(text)
        self.cut = cut


class ResponseDeadline:
    """Interrupts the task inside it when its time is over or its client has gone.

    It may take `total_seconds`, and `idle_seconds` without `progress`; infinity is as long as it
    likes.
    One timer serves the whole answer, so that a chunk costs none. Leaving raises `Interrupted`.
    """

    def __init__(
        self, *, total_seconds: float, idle_seconds: float, gone: asyncio.Future[None]
    ) -> None:
        self._total_seconds = total_seconds
        self._idle_seconds = idle_seconds
        self._gone = gone
        self._interruption: ResponseAborted | None = None
        self._timer: asyncio.TimerHandle | None = None

    def reset_idle_timer(self) -> None:
        """Note that something moved."""
        self._moved_at = self._loop.time()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs is in a task
        self._task = task
        self._moved_at = self._loop.time()
        self._ends_at = self._moved_at + self._total_seconds
        self._schedule()
        self._gone.add_done_callback(self._left)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer:
            self._timer.cancel()
        self._gone.remove_done_callback(self._left)
        if self._interruption and kind is asyncio.CancelledError:
            if hasattr(self._task, "uncancel"):  # Python 3.11 counts cancellations
                self._task.uncancel()
            raise self._interruption from error

    def _next_check(self) -> float:
        return min(self._ends_at, self._moved_at + self._idle_seconds)

    def _schedule(self) -> None:
        moment = self._next_check()
        self._timer = None if math.isinf(moment) else self._loop.call_at(moment, self._check)

    def _check(self) -> None:
        now = self._loop.time()
        if now < self._next_check():
            self._schedule()
        elif now >= self._ends_at:
            self._interrupt(AbortReason.TOTAL, f"the timeout of {self._total_seconds:g} s is over")
        else:
            self._interrupt(AbortReason.IDLE, f"nothing came for {self._idle_seconds:g} s")

    def _left(self, gone: asyncio.Future[None]) -> None:  # noqa: ARG002  asyncio's signature
        self._interrupt(AbortReason.GONE, "the client went away")

    def _interrupt(self, cut: AbortReason, text: str) -> None:
        if self._interruption is None:
            self._interruption = ResponseAborted(cut, text)
            self._task.cancel()
