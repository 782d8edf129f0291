"""`SignalWatch`: ends a run on SIGINT or SIGTERM, and keeps the deletion of the stack going."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from typing_extensions import Self

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interruption(BaseException):
    """A signal ended the run. It is no `Exception`, so that no handler of errors ends it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class SignalWatch:
    """Handles SIGINT and SIGTERM while the stack exists.

    The first signal raises `Interruption`, which leads to the deletion of the stack. During the
    deletion no signal raises. The first one only warns if none came before it. The next one ends
    the child process and sets `is_abandoned`.

    Args:
        warn: Receives a message for the user.

    Attributes:
        number: The first signal. None before it.
        is_abandoned: Whether the user does not want to wait for the deletion.
        child: The process to end on the second signal. Its process group is its own.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self.number: int | None = None
        self.is_abandoned = False
        self.child: subprocess.Popen[str] | None = None
        self._warn = warn
        self._is_deleting = False
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._previous = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def start_deletion(self) -> None:
        """Raise nothing from now on."""
        self._is_deleting = True

    def _handle(self, number: int, _: FrameType | None) -> None:
        is_first, self.number = self.number is None, self.number or number
        if not is_first:
            self.is_abandoned = True
            if self.child is not None:
                end_process_group(self.child)
        elif self._is_deleting:
            self._warn("The stack is being deleted. Press Ctrl-C again to leave it.")
        else:
            # A signal before the deletion begins counts as one during it.
            self._is_deleting = True
            raise Interruption(number)


def end_process_group(child: subprocess.Popen[str]) -> None:
    """Kill a child that leads a process group, with the processes that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
