"""Patterns of a stream: progress of a job, results of a search, tokens of a text.

Each pattern is an async generator. It creates a chunk only after the previous one was sent, so that
memory does not grow with `count`. If the client disconnects, the server cancels the request, and
the current `await` raises `asyncio.CancelledError`. Catch it only to clean up, and raise it again.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from typing import Any


class Pattern(str, Enum):
    """The patterns, by their name in a request."""

    PROGRESS = "progress"
    RESULTS = "results"
    TOKENS = "tokens"


@dataclass(frozen=True)
class Chunk:
    """One chunk of a stream: its event, its data, the same as text, and its creation time."""

    event: str
    data: Mapping[str, Any]
    text: str
    time: datetime = field(default_factory=lambda: datetime.now(timezone.utc))


async def progress(count: int, interval: float) -> AsyncGenerator[Chunk, None]:
    """Report the progress of a job after each of its `count` steps."""
    async for done in _count(count, interval):
        percent = round(100 * done / count)
        yield Chunk(
            "progress",
            {"done": done, "of": count, "percent": percent},
            f"{percent:3}%  step {done} of {count} done",
        )


async def results(count: int, interval: float) -> AsyncGenerator[Chunk, None]:
    """Send each row of a search as soon as it is available."""
    async for row in _count(count, interval):
        city = ("Lisbon", "Nairobi", "Osaka", "Quito", "Riga")[row % 5]
        price = 40 + row * 37 % 160
        yield Chunk("result", {"row": row, "city": city, "price": price}, f"{row}\t{city}\t{price}")


async def tokens(count: int, interval: float) -> AsyncGenerator[Chunk, None]:
    """Send a text word by word, as a language model does. The text is fixed."""
    async for number in _count(count, interval):
        word = SENTENCE[(number - 1) % len(SENTENCE)]
        yield Chunk("token", {"index": number, "token": word}, word)


SENTENCE = ("This", "sentence", "is", "sent", "word", "by", "word.")


async def _count(count: int, interval: float) -> AsyncGenerator[int, None]:
    """Count from 1 to `count` with pauses of `interval` seconds, which simulate real work."""
    for number in range(1, count + 1):
        if number > 1:
            await asyncio.sleep(interval)
        yield number


PATTERNS: Mapping[Pattern, Callable[[int, float], AsyncGenerator[Chunk, None]]] = {
    Pattern.PROGRESS: progress,
    Pattern.RESULTS: results,
    Pattern.TOKENS: tokens,
}
