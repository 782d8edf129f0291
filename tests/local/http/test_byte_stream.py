"""`ByteStream.pipe_to`: bytes reach the sink in the call that feeds them."""

from __future__ import annotations

import asyncio

import pytest

from streaming_construct.local.http.byte_stream import HIGH_WATER_BYTES, ByteStream

pytestmark = pytest.mark.anyio


class Sink:
    """Collects bytes, and accepts more at once only while `keeps_up` is true."""

    def __init__(self) -> None:
        self.received = b""
        self.keeps_up = True
        self.waits = 0
        self.writable = asyncio.Event()

    def feed(self, data: bytes) -> None:
        if b"!" in data:
            raise ValueError("not that byte")
        self.received += data

    def feed_now(self, *data: bytes) -> bool:
        self.feed(b"".join(data))
        return self.keeps_up

    def flush(self) -> None:
        pass

    async def wait_writable(self) -> None:
        self.waits += 1
        if not self.keeps_up:
            await self.writable.wait()


async def test_a_flush_feeds_the_sink_in_the_same_call() -> None:
    """Also through two streams. Earlier bytes come first."""

    first, second, sink = ByteStream(), ByteStream(), Sink()
    first.feed(b"a")
    piping = [asyncio.create_task(s.pipe_to(t)) for s, t in ((first, second), (second, sink))]
    await asyncio.sleep(0.01)
    assert sink.received == b"a"
    first.feed(b"b")
    first.feed(b"c")
    first.flush()
    assert sink.received == b"abc"
    first.feed(b"d")
    first.finish()
    await piping[0]
    second.finish()
    await piping[1]
    assert sink.received == b"abcd"


async def test_a_slow_sink_pauses_the_producer() -> None:
    """The bytes wait in the stream until the sink accepts them."""

    stream, sink, pauses = ByteStream(), Sink(), []
    stream.on_pause = lambda: pauses.append("pause")
    stream.on_resume = lambda: pauses.append("resume")
    piping = asyncio.create_task(stream.pipe_to(sink))
    await asyncio.sleep(0.01)
    sink.keeps_up = False
    assert stream.feed_now(b"a") is True
    assert stream.feed_now(b"b" * HIGH_WATER_BYTES) is False
    await asyncio.sleep(0.01)
    assert (sink.received, pauses) == (b"a", ["pause"])
    sink.keeps_up = True
    sink.writable.set()
    stream.finish()
    await piping
    assert (len(sink.received), pauses) == (HIGH_WATER_BYTES + 1, ["pause", "resume"])


@pytest.mark.parametrize("from_sink", [True, False])
async def test_an_error_of_either_side_ends_the_pipe(from_sink: bool) -> None:
    """The piping task raises it. The bytes before it have been passed on."""

    stream, sink = ByteStream(), Sink()
    piping = asyncio.create_task(stream.pipe_to(sink))
    await asyncio.sleep(0.01)
    stream.feed_now(b"a")
    if from_sink:
        stream.feed_now(b"!")
    else:
        stream.feed(b"b")
        stream.finish(ValueError("the producer failed"))
    with pytest.raises(ValueError, match="not that byte" if from_sink else "producer failed"):
        await piping
    assert sink.received == (b"a" if from_sink else b"ab")
