"""A thread that sends what a stream holds back when the function blocks before anybody else can."""

from __future__ import annotations

import _thread
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streaming_construct.runtime.response_stream import ResponseStream


class Watchdog:
    """Started by the first bytes held back; asleep while no stream holds any.

    Args:
        limit: How old held bytes get before it sends them, in seconds; it looks that often.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._lock = _thread.allocate_lock()
        self._wake = _thread.allocate_lock()
        self._wake.acquire()
        self._is_started = False
        self._stream: ResponseStream | None = None
        self.is_awake = False

    def watch(self, stream: ResponseStream) -> None:
        """Looks after `stream` until it holds nothing any more."""
        with self._lock:
            self._stream = stream
            if self.is_awake:
                return
            self.is_awake = True
            if self._is_started:
                self._wake.release()
            else:
                self._is_started = True
                _thread.start_new_thread(self._run, ())

    def _run(self) -> None:
        while True:
            time.sleep(self._limit)
            if self._stream is not None:
                self._stream.push_overdue(self._limit)
            if self._may_sleep():
                self._wake.acquire()

    def _may_sleep(self) -> bool:
        with self._lock:
            # In this order: whoever holds bytes puts them down first, then looks at `is_awake`.
            self.is_awake = False
            self.is_awake = self._stream is not None and self._stream.is_holding
            return not self.is_awake
