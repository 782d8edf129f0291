"""The web app with the server that Lambda runs it with, over real sockets."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from types import ModuleType

import pytest

from streaming_construct.probe import probe
from streaming_construct.probe.http.fetch import ProgressListener, fetch
from streaming_construct.probe.http.request import Request
from streaming_construct.probe.http.timeline import Arrival
from tests.sample.web_server import app_server


@pytest.fixture
def url(web_module: Callable[[str], ModuleType]) -> Iterator[str]:
    with app_server(web_module("app").app) as url:
        yield url


class ArrivalTimes(ProgressListener):
    """Records the wall-clock time of each arrival."""

    def __init__(self) -> None:
        self.arrived: list[float] = []

    def on_arrival(self, arrival: Arrival) -> None:
        assert arrival.data
        self.arrived.append(time.time())


@pytest.mark.parametrize("name", ["sse", "jsonl", "text"])
def test_chunks_arrive_as_they_are_made(url: str, name: str) -> None:
    """Each chunk arrives separately, an interval after the one before."""
    result = probe(f"{url}/stream?format={name}&count=5&interval=0.15", timeout=10)

    assert result.is_streamed, result
    assert result.chunks == 6
    assert [gap > 0.05 for gap in result.timeline.gaps[:4]] == [True] * 4
    assert result.timeline.span > 0.45


def test_a_chunk_arrives_before_the_app_makes_the_next(url: str) -> None:
    """The app does not work ahead: the time in a chunk is later than the arrival of the last."""
    watcher = ArrivalTimes()
    request = Request(f"{url}/stream?format=jsonl&count=4&interval=0.2")

    response = fetch(request, listener=watcher)

    lines = [arrival.data.splitlines()[0] for arrival in response.timeline.arrivals]
    texts = [json.loads(line)["time"].replace("Z", "+00:00") for line in lines[:4]]
    created = [datetime.fromisoformat(text).timestamp() for text in texts]
    assert len(created) == 4
    # Written in milliseconds, a time may seem up to one earlier.
    assert [
        before < after + 0.001 for before, after in zip(watcher.arrived, created[1:], strict=False)
    ] == [
        True,
        True,
        True,
    ]


def test_two_streams_run_concurrently(url: str) -> None:
    """One stream does not wait for another."""
    address = f"{url}/stream?count=4&interval=0.2"
    spans: list[tuple[float, float]] = []

    def request() -> None:
        start = time.monotonic()
        timeline = fetch(Request(address)).timeline
        spans.append((start + timeline.arrivals[0].at, start + timeline.arrivals[-1].at))

    threads = [threading.Thread(target=request) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=15)

    assert len(spans) == 2
    assert max(begin for begin, _ in spans) < min(end for _, end in spans)


def test_the_work_ends_when_the_client_leaves(
    web_module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that leaves in mid-stream cancels the generator at its current `await`."""
    patterns = web_module("patterns")
    cancelled = threading.Event()

    async def endless(count: int, interval: float) -> AsyncIterator[object]:
        del count, interval
        try:
            while True:
                yield patterns.Chunk("progress", {}, "still here")
                await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    monkeypatch.setitem(patterns.PATTERNS, patterns.Pattern.PROGRESS, endless)
    with app_server(web_module("app").app) as url:
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        with socket.create_connection(address, 5) as client:
            client.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(65536)
            assert not cancelled.is_set()
        assert cancelled.wait(5)
