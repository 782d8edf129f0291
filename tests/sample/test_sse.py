"""The SSE helper, read back by a decoder of another project."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import ModuleType

import httpx
import pytest
from httpx_sse import EventSource, ServerSentEvent

pytestmark = pytest.mark.anyio


@pytest.fixture
def sse(web_module: Callable[[str], ModuleType]) -> ModuleType:
    return web_module("sse")


def decode(content: bytes) -> list[ServerSentEvent]:
    headers = {"Content-Type": "text/event-stream"}
    return list(EventSource(httpx.Response(200, headers=headers, content=content)).iter_sse())


@pytest.mark.parametrize("text", ["one", "", "one\ntwo", "one\r\ntwo", "one\rtwo\n", "\n\n", " é"])
def test_data_of_any_lines_is_read_back_as_it_was(sse: ModuleType, text: str) -> None:
    """Each line is a separate field. Only the kind of line end is lost."""
    (event,) = decode(sse.Event(data=text, event="note").encode())

    assert event.data == text.replace("\r\n", "\n").replace("\r", "\n")


def test_all_fields_are_read_back(sse: ModuleType) -> None:
    """Type, id and retry are unchanged."""
    (event,) = decode(sse.Event(data="x", event="note", id="7", retry=1500).encode())

    assert (event.event, event.id, event.retry, event.data) == ("note", "7", 1500, "x")


@pytest.mark.parametrize("field", ["event", "id"])
@pytest.mark.parametrize("value", ["a\nb", "a\rdata: forged", "a\0b"])
def test_a_line_end_in_a_field_is_an_error(sse: ModuleType, field: str, value: str) -> None:
    """The text of a user in a type or an id cannot forge fields."""
    with pytest.raises(ValueError, match=field):
        sse.Event(data="x", **{field: value})


def test_comments_are_ignored_by_clients(sse: ModuleType) -> None:
    """A heartbeat between two events changes neither, and is not an event."""
    text = (
        sse.Event(data="a", id="1").encode()
        + sse.HEARTBEAT
        + sse.Event(data="b").encode()
        + sse.DONE
    )

    assert [event.data for event in decode(text)] == ["a", "b", "[DONE]"]


async def test_a_heartbeat_is_sent_during_silence(
    sse: ModuleType, advance: Callable[[float], Awaitable[None]]
) -> None:
    """The next chunk arrives once."""

    async def slow() -> AsyncIterator[bytes]:
        yield b"first"
        for _ in range(5):
            await advance(16)
        yield b"second"

    result = [chunk async for chunk in sse.add_heartbeat(slow(), 15)]

    assert result == [b"first", *[sse.HEARTBEAT] * 5, b"second"]


async def test_no_heartbeat_is_sent_between_regular_chunks(
    sse: ModuleType, advance: Callable[[float], Awaitable[None]]
) -> None:
    """Each chunk restarts the heartbeat interval."""

    async def steady() -> AsyncIterator[bytes]:
        for _ in range(5):
            await advance(10)
            yield b"chunk"

    result = [chunk async for chunk in sse.add_heartbeat(steady(), 15)]

    assert result == [b"chunk"] * 5


async def test_a_failure_passes_through_the_heartbeat(sse: ModuleType) -> None:
    """The reader gets the chunks before the error, then the error."""

    async def failing() -> AsyncIterator[bytes]:
        yield b"first"
        raise RuntimeError("broken")

    chunks = sse.add_heartbeat(failing(), 5)
    assert await anext(chunks) == b"first"
    with pytest.raises(RuntimeError, match="broken"):
        await anext(chunks)


async def test_the_work_ends_when_the_reader_of_a_heartbeat_leaves(sse: ModuleType) -> None:
    """A closed generator cancels the chunk that it waits for."""
    cancelled = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            await asyncio.sleep(60)
            yield b"never"
        except asyncio.CancelledError:
            cancelled.set()
            raise

    chunks = sse.add_heartbeat(endless(), 0.05)
    assert await anext(chunks) == sse.HEARTBEAT
    await chunks.aclose()
    result = cancelled.is_set()

    assert result
