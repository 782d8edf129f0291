"""The chunked upload of one response: sends at once, and combines writes that follow closely.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
"""

from __future__ import annotations

import _thread
from _socket import MSG_DONTWAIT
from time import monotonic, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streaming_construct.runtime.connection import Connection

# The most that many small writes buffer. Past 128 KiB malloc asks the kernel for memory each time.
FULL_BYTES = 64 * 1024
# A few large writes are sent without a copy. Each send may wake the receiver, which costs more.
_LARGE_BYTES = 4 * FULL_BYTES
_FEW_PARTS = 8
_COPIED_BYTES = 4096


class ResponseStream:
    """Bytes in, HTTP chunks out.

    A write goes to the socket at once if nothing was sent within `flush_interval`. Other writes are
    buffered and sent together at 64 KiB (a few large ones at 256 KiB), or after `flush_interval`.
    When the function blocks, the watchdog sends them. With the default `flush_interval`, the next
    turn of the event loop sends them.

    Nothing is sent before the first bytes of the body or a flush. So head, first bytes and end can
    share one send, and an error before them can still go to `/error`.

    Args:
        connection: The connection to the Runtime API.
        head: The head of the HTTP request.
        prelude: The first bytes of its body.
        watchdog: Flushes when the function blocks.
        flush_interval: The longest time between a write and its flush, in seconds.
        at_tick: Whether the event loop's next turn sends, however short it was.
    """

    def __init__(
        self,
        connection: Connection,
        head: bytes,
        prelude: bytes,
        watchdog: Watchdog,
        flush_interval: float,
        *,
        at_tick: bool,
    ) -> None:
        self._connection = connection
        self._socket = connection.socket
        self._head = head
        self._watchdog = watchdog
        self._flush_interval = flush_interval
        self._at_tick = at_tick
        self._lock = _thread.allocate_lock()
        self._flush_at = 0.0
        self._tick_is_due = False
        self._tail = b""
        self.parts: list[bytes] = [prelude] if prelude else []
        self.buffered_bytes = 0
        self.buffer_until = 0.0
        """Until this moment, something will send what is appended to `parts`: see `write`."""
        self.unsent: list[bytes | memoryview] = []
        self.buffered_since = 0.0
        self.error: OSError | None = None
        self.has_sent = False
        self.is_ended = False

    @property
    def is_buffering(self) -> bool:
        """Whether there are bytes that the kernel has not taken."""
        return bool(self.parts or self.unsent) and self.error is None

    def begin_body(self) -> None:
        """Send the prelude soon if no body follows it, even if the function blocks."""
        self._buffer(monotonic())

    def flush_soon(self) -> None:
        """Send the buffer at the next turn of the event loop."""
        if not self._tick_is_due:
            self._tick_is_due = True
            self._connection.call_soon(0 if self._at_tick else self._flush_interval, self._tick)

    def write(self, data: bytes) -> None:
        """Take a chunk of the body; await `drain` before the next one while `unsent` is not empty.

        Raises:
            OSError: The Runtime API closed the connection.
        """
        self.parts.append(data)
        self.buffered_bytes += len(data)
        if self.buffered_bytes >= FULL_BYTES or monotonic() >= self.buffer_until:
            self.flush_if_due()

    def flush_if_due(self) -> None:
        """Send or buffer what was appended to `parts`.

        Raises:
            OSError: The Runtime API closed the connection.
        """
        if self.error is None:
            now = monotonic()
            few = _LARGE_BYTES if len(self.parts) <= _FEW_PARTS else FULL_BYTES
            if self.buffered_bytes < few and now < self._flush_at:
                self._buffer(now)
            else:
                self.flush()
        if self.error is not None:
            self.parts.clear()
            raise self.error

    def end(self, last: bytes = b"", trailers: bytes = b"") -> None:
        """End the response after its last chunk, with error trailers where it failed.

        `drain` must follow.
        """
        self.is_ended = True
        with self._lock:
            self.parts.append(last)
            self._tail = b"0\r\n" + trailers + b"\r\n"
        self.flush()

    async def drain(self) -> None:
        """Wait until the kernel has taken what was pushed: the way back-pressure reaches the app.

        Raises:
            OSError: The Runtime API closed the connection.
        """
        while self.unsent and self.error is None:
            await self._connection.wait_writable()
            self.flush()
        if self.error is not None:
            raise self.error

    def flush(self) -> None:
        """Send the buffer to the socket. Some of it may stay `unsent`."""
        with self._lock:
            self.buffer_until = 0.0
            self.buffered_bytes = 0
            self._flush_at = monotonic() + self._flush_interval
            self._push()

    def flush_if_older_than(self, limit: float) -> None:
        """Send a buffer of `limit` seconds or older; called by the watchdog."""
        if self.is_buffering and monotonic() - self.buffered_since >= limit:
            self.flush()

    def roll_back(self) -> bool:
        """Discard the buffer, if nothing was sent yet; return whether that was so."""
        with self._lock:
            if not self.has_sent:
                self.parts.clear()
                self.is_ended = True
            return not self.has_sent

    def _buffer(self, now: float) -> None:
        if len(self.parts) == 1:
            self.buffered_since = now
        self.buffer_until = self._flush_at
        self.flush_soon()
        if not self._watchdog.is_awake:
            self._watchdog.watch(self)

    def _tick(self) -> None:
        self._tick_is_due = False
        self.buffer_until = 0.0
        if self.is_buffering:
            self.flush()
        if self.unsent and self.error is None:
            self._tick_is_due = True
            self._connection.call_soon(0.001, self._tick)

    def _push(self) -> None:
        try:
            while self.unsent or self._build_chunk():
                sent = self._socket.sendmsg(self.unsent, [], MSG_DONTWAIT)
                self.has_sent = True
                while self.unsent and sent >= len(self.unsent[0]):
                    sent -= len(self.unsent.pop(0))
                if sent:
                    self.unsent[0] = memoryview(self.unsent[0])[sent:]
        except BlockingIOError:
            return
        except OSError as error:
            self.error = error
            self.unsent = []
            self.parts.clear()

    def _build_chunk(self) -> bool:
        """Create one HTTP chunk of the buffer; return whether there is anything to send."""
        if not self.parts:
            return False
        parts = self.parts[:]
        # Not `clear`: a part may have come from the other thread since the copy.
        del self.parts[: len(parts)]
        if len(parts) > _FEW_PARTS:
            parts = [b"".join(parts)]
        size, head, tail = sum(map(len, parts)), self._head, self._tail
        self._head = self._tail = b""
        if size:
            head += b"%x\r\n" % size
            tail = b"\r\n" + tail
        frame = [head, *parts, tail]
        if size < _COPIED_BYTES:
            frame = [b"".join(frame)]
        self.unsent = [part for part in frame if part]
        return bool(self.unsent)


class Watchdog:
    """A thread that flushes a stream while the function blocks.

    The first buffered bytes start it. It sleeps while no stream has any.

    Args:
        interval: How often it checks, in seconds. Each check stops the function for a moment.
        limit: The age of buffered bytes at which it sends them, in seconds.
    """

    def __init__(self, interval: float, limit: float) -> None:
        self._interval = interval
        self._limit = limit
        self._lock = _thread.allocate_lock()
        self._wake = _thread.allocate_lock()
        self._wake.acquire()
        self._is_started = False
        self._stream: ResponseStream | None = None
        self.is_awake = False

    def watch(self, stream: ResponseStream) -> None:
        """Flush `stream` until its buffer is empty."""
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
            sleep(self._interval)
            if self._stream is not None:
                self._stream.flush_if_older_than(self._limit)
            if self._can_sleep():
                self._wake.acquire()

    def _can_sleep(self) -> bool:
        with self._lock:
            self.is_awake = False
            if self._stream is not None:
                # In this order, because a writer stores its bytes first, then reads `buffer_until`.
                self._stream.buffer_until = 0.0
                self.is_awake = self._stream.is_buffering
            return not self.is_awake
