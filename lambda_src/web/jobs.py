"""`POST /jobs`: progress and result of a long computation, in a process of its own.

Python's threads share one interpreter lock, so a computation in a thread would slow every stream
down; a process does not. It is an ordinary program that prints, because Lambda has no shared memory
for the queues of `multiprocessing`.

The job lives as long as its stream: Lambda freezes what still runs after the answer.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from endings import with_ending
from formats import Format
from patterns import Chunk

PROGRAM = Path(__file__).with_name("primes.py")

router = APIRouter()


@router.post("/jobs", response_class=StreamingResponse)
async def jobs(
    limit: Annotated[int, Query(ge=10, le=1_000_000_000)] = 100_000_000,
    format: Format = Format.SSE,  # noqa: A002 - the name in the query string
) -> StreamingResponse:
    """Count the primes up to `limit`, and stream how far it is."""
    chunks = with_ending(_chunks(limit))
    return StreamingResponse(
        (format.write(chunk) async for chunk in chunks), headers=format.headers
    )


async def _chunks(limit: int) -> AsyncIterator[Chunk]:
    async for told in printed(sys.executable, str(PROGRAM), str(limit)):
        if "primes" in told:
            yield Chunk("result", told, f"{told['primes']} primes up to {limit}")
        else:
            yield Chunk("progress", told, f"{told['percent']:3}%  {told['found']} primes so far")


async def printed(*command: str) -> AsyncIterator[dict[str, Any]]:
    """Run a program and yield the JSON object of each line that it prints, when it prints it.

    The program is held back when nobody reads, because the pipe is full then, and ended when the
    reader goes.

    Raises:
        RuntimeError: it ended with another status than 0.
    """
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    try:
        async for line in process.stdout:
            yield json.loads(line)
        if status := await process.wait():
            raise RuntimeError(f"{' '.join(command)} ended with status {status}")
    finally:
        if process.returncode is None:
            process.kill()
            # Not left undone by the very cancellation that led here: a zombie would remain.
            await asyncio.shield(process.wait())
