"""`ByteStream`: bytes from one producer to one consumer, with backpressure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

HIGH_WATER_BYTES: Final = 256 * 1024


class ByteSink(Protocol):
    """The destination of `ByteStream.pipe_to`; a `ByteStream` is one."""

    def feed(self, data: bytes) -> None:
        """Append bytes; never blocks."""

    def feed_now(self, *data: bytes) -> bool:
        """Append bytes, and pass them on without a turn of the event loop.

        Returns False if the sink does not keep up: the producer then awaits `wait_writable`.
        """

    def flush(self) -> None:
        """Pass on what was fed: no more will come in this turn of the event loop."""

    async def wait_writable(self) -> None:
        """Wait until the sink has caught up."""


class ByteStream:
    """A queue of bytes between one producer and one consumer.

    Each step of the consumer's iteration returns everything that arrived since the step before. A
    producer that can wait awaits `wait_writable` after `feed`. A producer that cannot wait sets
    `on_pause` and `on_resume`. The stream calls `on_demand` when the consumer first asks for bytes.
    A producer that calls `flush` after some `feed` saves the consumer of `pipe_to` a task switch.
    `HIGH_WATER_BYTES` plus one `feed` bounds the memory.
    """

    def __init__(self) -> None:
        self.on_pause: Callable[[], None] | None = None
        self.on_resume: Callable[[], None] | None = None
        self.on_demand: Callable[[], None] | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._error: Exception | None = None
        self._discarding = False
        self._paused = False
        # The consumer that waits for bytes, and the producer that waits for the consumer.
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        # The sink of `pipe_to` while it keeps up, and what it raised.
        self._sink: ByteSink | None = None
        self._sink_error: Exception | None = None
        self.ended = False

    @property
    def is_empty(self) -> bool:
        """Whether the stream has ended with neither bytes nor an error for the consumer."""
        return self.ended and not self._chunks and self._error is None

    def feed(self, data: bytes) -> None:
        """Append bytes; never blocks."""
        if self._discarding or self.ended:
            return
        self._chunks.append(data)
        self._size += len(data)
        if self._sink is None:
            self._wake_consumer()
        if self._size >= HIGH_WATER_BYTES:
            self.flush()
            self._pause_producer()

    def prepend(self, data: bytes) -> None:
        """Insert bytes before those that the consumer has not read."""
        self._chunks.insert(0, data)
        self._size += len(data)

    def feed_now(self, *data: bytes) -> bool:
        """Append bytes, and pass them on to the sink of `pipe_to`, if there is one.

        Returns False if the consumer does not keep up.
        """
        if self._sink is None or self._chunks:
            for part in data:
                self.feed(part)
            self.flush()
        else:
            self._pass_on(self._sink, data)
        return not self._paused

    def flush(self) -> None:
        """Pass on to the sink of `pipe_to` what was fed, if there is one."""
        if self._sink is not None and self._chunks:
            chunks, self._chunks = self._chunks, []
            self._resume_after_take()
            self._pass_on(self._sink, chunks)

    def _pass_on(self, sink: ByteSink, data: Sequence[bytes]) -> None:
        """Feed the sink; wake the task in `pipe_to` if it has to wait."""
        try:
            keeps_up = sink.feed_now(*data)
        except Exception as error:  # noqa: BLE001  `pipe_to` raises it
            keeps_up, self._sink_error = False, error
        if not keeps_up:
            self._sink = None
            self._wake_consumer()

    def finish(self, error: Exception | None = None) -> None:
        """End the stream; the consumer gets `error` after the bytes before it."""
        if not self.ended:
            self.ended = True
            self._error = error
            self._sink = None
            self._wake_consumer()
            # The producer's next bytes belong to another stream: this consumer must not block them.
            self._resume_producer()

    async def wait_writable(self) -> None:
        """Wait until the consumer has caught up."""
        while self._paused:
            if self._writer is None or self._writer.done():
                self._writer = asyncio.get_running_loop().create_future()
            await self._writer

    async def wait_readable(self) -> None:
        """Wait until iteration has something to return: bytes, the end, or the error.

        Raises:
            Exception: The stream's error, if no bytes came before it.
        """
        await self._wait_readable()
        if self._error and not self._chunks:
            raise self._error

    async def pipe_to(self, sink: ByteSink) -> None:
        """Pass all bytes on to a sink until the stream ends.

        While the sink keeps up, `flush` passes them on, and this task sleeps.

        Raises:
            Exception: The error of the stream or of the sink.
        """
        self._demand()
        while True:
            await sink.wait_writable()
            if self._chunks:
                sink.feed(self._take())
            elif self.ended:
                break
            else:
                sink.flush()
                await self._wait_for_slow_sink(sink)
        if self._error:
            raise self._error

    async def _wait_for_slow_sink(self, sink: ByteSink) -> None:
        """Let `flush` feed the sink until it does not keep up, or the stream ends."""
        self._sink = sink
        try:
            await self._sleep()
        finally:
            self._sink = None
        if self._sink_error:
            raise self._sink_error

    def discard(self) -> None:
        """Drop the bytes that are here and all that follow: the consumer has left."""
        self._discarding = True
        self._sink = None
        self._take()

    def __aiter__(self) -> ByteStream:
        return self

    async def __anext__(self) -> bytes:
        self._demand()
        await self._wait_readable()
        if self._chunks:
            return self._take()
        if self._error:
            raise self._error
        raise StopAsyncIteration

    def _demand(self) -> None:
        if self.on_demand:
            self.on_demand()
            self.on_demand = None

    def _take(self) -> bytes:
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._resume_after_take()
        return data

    def _resume_after_take(self) -> None:
        """Let the producer go on after all bytes were taken."""
        self._size = 0
        if self._paused:
            self._resume_producer()

    def _pause_producer(self) -> None:
        if self._size >= HIGH_WATER_BYTES and not self._paused:
            self._paused = True
            if self.on_pause:
                self.on_pause()

    def _resume_producer(self) -> None:
        if self._paused:
            self._paused = False
            if self._writer is not None:
                if not self._writer.done():
                    self._writer.set_result(None)
                self._writer = None
            if self.on_resume:
                self.on_resume()

    async def _wait_readable(self) -> None:
        while not self._chunks and not self.ended:
            await self._sleep()

    async def _sleep(self) -> None:
        """Let the consumer sleep until `_wake_consumer`."""
        self._reader = asyncio.get_running_loop().create_future()
        try:
            await self._reader
        finally:
            self._reader = None

    def _wake_consumer(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
