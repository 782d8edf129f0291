"""`ByteStream`: bytes from one producer to one consumer, with backpressure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

HIGH_WATER_BYTES: Final = 256 * 1024


class ByteStream:
    """A queue of bytes between one producer and one consumer.

    Each step of the consumer's iteration returns everything that arrived since the step before. A
    producer that can wait awaits `wait_writable` after `feed`. A producer that cannot wait sets
    `on_pause` and `on_resume`. The stream calls `on_demand` when the consumer first asks for bytes.
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
        self._readable = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self.ended = False

    def feed(self, data: bytes) -> None:
        """Append bytes; never blocks."""
        if self._discarding or self.ended:
            return
        self._chunks.append(data)
        self._size += len(data)
        self._readable.set()
        if self._size >= HIGH_WATER_BYTES and self._writable.is_set():
            self._writable.clear()
            if self.on_pause:
                self.on_pause()

    def finish(self, error: Exception | None = None) -> None:
        """End the stream; the consumer gets `error` after the bytes before it."""
        if not self.ended:
            self.ended = True
            self._error = error
            self._readable.set()
            # The producer's next bytes belong to another stream: this consumer must not block them.
            self._resume_producer()

    async def wait_writable(self) -> None:
        """Wait until the consumer has caught up."""
        await self._writable.wait()

    async def wait_readable(self) -> None:
        """Wait until iteration has something to return: bytes, the end, or the error.

        Raises:
            Exception: The stream's error, if no bytes came before it.
        """
        await self._readable.wait()
        if self._error and not self._chunks:
            raise self._error

    def discard(self) -> None:
        """Drop the bytes that are here and all that follow: the consumer has left."""
        self._discarding = True
        self._take()

    def __aiter__(self) -> ByteStream:
        return self

    async def __anext__(self) -> bytes:
        if self.on_demand:
            self.on_demand()
            self.on_demand = None
        await self._readable.wait()
        if self._chunks:
            return self._take()
        if self._error:
            raise self._error
        raise StopAsyncIteration

    def _take(self) -> bytes:
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        if not self.ended:
            self._readable.clear()
        self._resume_producer()
        return data

    def _resume_producer(self) -> None:
        if not self._writable.is_set():
            self._writable.set()
            if self.on_resume:
                self.on_resume()
