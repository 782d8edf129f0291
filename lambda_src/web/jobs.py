"""`POST /jobs`: progress and result of a long computation in a child process.

Python threads share one interpreter lock, so a computation in a thread slows down all streams. A
process does not. The child process prints its progress, since Lambda has no shared memory for the
queues of `multiprocessing`.

A job ends with its stream, since Lambda freezes the environment after the response.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from end_markers import add_end_marker
from formats import Format
from patterns import Chunk

PROGRAM = Path(__file__).with_name("primes.py")

router = APIRouter()


@router.post("/jobs", response_class=StreamingResponse)
async def jobs(
    limit: Annotated[int, Query(ge=10, le=1_000_000_000)] = 100_000_000,
    format: Format = Format.SSE,  # noqa: A002 - the name in the query string
) -> StreamingResponse:
    """Count the primes up to `limit`, and stream the progress."""
    chunks = add_end_marker(_write_chunks(limit))
    return StreamingResponse(format.write_all(chunks), headers=format.headers)


async def _write_chunks(limit: int) -> AsyncGenerator[Chunk, None]:
    async with aclosing(read_json_lines(sys.executable, str(PROGRAM), str(limit))) as lines:
        async for data in lines:
            if "primes" in data:
                yield Chunk("result", data, f"{data['primes']} primes up to {limit}")
            else:
                text = f"{data['percent']:3}%  {data['found']} primes so far"
                yield Chunk("progress", data, text)


async def read_json_lines(*command: str) -> AsyncGenerator[dict[str, Any], None]:
    """Run a program, and yield the JSON object of each line as soon as it is printed.

    If the consumer is slow, the pipe is full and the program blocks. If the consumer stops, the
    program is killed.

    Raises:
        RuntimeError: The exit status of the program is not 0.
    """
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    assert process.stdout is not None  # noqa: S101 - stdout is a pipe
    try:
        async for line in process.stdout:
            yield json.loads(line)
        if status := await process.wait():
            raise RuntimeError(f"{' '.join(command)} exited with status {status}")
    finally:
        if process.returncode is None:
            process.kill()
            # Shielded, since a cancellation may lead here: without `wait`, a zombie would remain.
            await asyncio.shield(process.wait())
