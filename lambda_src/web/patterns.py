"""What is streamed: progress of a job, results as they are found, tokens of a text.

Each pattern is an async generator. It makes a chunk only when the one before it is on its way, so
what is sent is what has happened by then, and memory does not grow with `count`. When the client
goes away the server cancels the request, and the `await` a generator is at raises
`asyncio.CancelledError`: work ends there. Catch it only to clean up, and raise it again.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from typing import Any


class Pattern(str, Enum):
    """The patterns there are, by the name a request gives."""

    PROGRESS = "progress"
    RESULTS = "results"
    TOKENS = "tokens"


@dataclass(frozen=True)
class Chunk:
    """One piece of a stream: its event, its data, the same in words, and when it was made."""

    event: str
    data: Mapping[str, Any]
    text: str
    time: datetime = field(default_factory=lambda: datetime.now(timezone.utc))


async def progress(count: int, interval: float) -> AsyncIterator[Chunk]:
    """Tell how far a job of `count` steps is, after each step."""
    async for done in _paced(count, interval):
        percent = round(100 * done / count)
        yield Chunk(
            "progress",
            {"done": done, "of": count, "percent": percent},
            f"{percent:3}%  step {done} of {count} done",
        )


async def results(count: int, interval: float) -> AsyncIterator[Chunk]:
    """Hand on each row of a search when it is found, not when the last one is."""
    async for row in _paced(count, interval):
        city = ("Lisbon", "Nairobi", "Osaka", "Quito", "Riga")[row % 5]
        price = 40 + row * 37 % 160
        yield Chunk("result", {"row": row, "city": city, "price": price}, f"{row}\t{city}\t{price}")


async def tokens(count: int, interval: float) -> AsyncIterator[Chunk]:
    """Write a text word by word, as a language model would; this one only recites."""
    async for number in _paced(count, interval):
        word = SENTENCE[(number - 1) % len(SENTENCE)]
        yield Chunk("token", {"index": number, "token": word}, word)


SENTENCE = ("No", "model", "wrote", "this", "sentence,", "it", "is", "told", "word", "by", "word.")


async def _paced(count: int, interval: float) -> AsyncIterator[int]:
    """Count from 1 to `count` with `interval` seconds between, which stand for the real work."""
    for number in range(1, count + 1):
        if number > 1:
            await asyncio.sleep(interval)
        yield number


PATTERNS: Mapping[Pattern, Callable[[int, float], AsyncIterator[Chunk]]] = {
    Pattern.PROGRESS: progress,
    Pattern.RESULTS: results,
    Pattern.TOKENS: tokens,
}
