"""Paced streams at once: `SOAK_STREAMS` of them for `SOAK_SECONDS`, by default 12 for 2 seconds.

`SOAK_STREAMS=100 SOAK_SECONDS=60` is the real soak.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import os
import resource
import statistics
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from streaming_construct.local.http.client import request
from streaming_construct.local.session import serve_locally
from tests.support.misbehaving_function import misbehaving_function
from tests.support.models import new_api, new_route

STREAMS = int(os.environ.get("SOAK_STREAMS", "12"))
SECONDS = int(os.environ.get("SOAK_SECONDS", "2"))


@dataclasses.dataclass
class ReceivedWords:
    """The words that one client received, and when. The first is the id of the function's
    process."""

    text: bytes = b""
    arrivals: list[float] = dataclasses.field(default_factory=list)

    @property
    def pid(self) -> int:
        return int(self.text.split()[0])


async def listen(url: str, words: ReceivedWords) -> None:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    async with request(parts.hostname, parts.port, "GET", parts.path) as response:
        async for data in response.body:
            words.text += data
            words.arrivals.append(time.monotonic())


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def wait_for_end(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.mark.anyio
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="memory is read from /proc")
async def test_paced_streams_stay_regular_in_constant_memory(tmp_path: Path) -> None:
    """Each stream has a process and all of its chunks, ten a second. None is left afterwards."""
    function = dataclasses.replace(
        misbehaving_function(tmp_path), timeout_seconds=SECONDS + 60, reserved_concurrency=STREAMS
    )
    route = new_route("/{proxy+}", "ANY", timeout_ms=(SECONDS + 60) * 1000)

    streams_of_words = [ReceivedWords() for _ in range(STREAMS)]

    async def scenario() -> list[float]:
        async with serve_locally(
            new_api(route, functions=[function]), console=lambda _: None
        ) as served:
            url = f"{served.url}paced/{SECONDS * 10}"
            streams = asyncio.gather(*(listen(url, words) for words in streams_of_words))
            while not all(words.arrivals for words in streams_of_words):  # noqa: ASYNC110 - many events
                await asyncio.sleep(0.05)
            # Once all of them have begun, nothing more should be needed.
            memory = [resident_megabytes()]
            while not streams.done():
                memory.append(resident_megabytes())
                await asyncio.sleep(0.2)
            await streams
            return memory

    memory = await scenario()

    assert len({words.pid for words in streams_of_words}) == STREAMS
    numbers = [*map(str, range(SECONDS * 10))]
    for stream_words in streams_of_words:
        assert stream_words.text.decode().split()[1:] == numbers
        assert len(stream_words.arrivals) > len(numbers) / 2
        gaps = [later - earlier for earlier, later in itertools.pairwise(stream_words.arrivals)]
        assert statistics.median(gaps) > 0.05
        assert max(gaps) < sum(gaps) / 2
    assert max(memory) - memory[0] < 10
    assert all(wait_for_end(words.pid) for words in streams_of_words)
