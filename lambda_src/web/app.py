"""A web app that streams. On this machine: `python -m uvicorn app:app`, in this folder.

In Lambda the Web Adapter starts it the same way and hands each request on over HTTP, so nothing
here knows about Lambda.
"""

import os
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import StreamingResponse

from cors import add_cors
from endings import with_ending
from formats import Format
from patterns import PATTERNS, Pattern

app = FastAPI(title="Streams")
add_cors(app, os.environ)


@app.get("/")
async def index() -> dict[str, object]:
    """Say what there is. Also what the Web Adapter asks for to learn that the app is up."""
    return {
        "stream": "stream?format=sse&pattern=progress&count=10&interval=0.5",
        "format": list(Format),
        "pattern": list(Pattern),
    }


@app.get("/stream", response_class=StreamingResponse)
async def stream(
    format: Format = Format.SSE,  # noqa: A002 - the name in the query string
    pattern: Pattern = Pattern.PROGRESS,
    count: Annotated[int, Query(ge=1, le=1000)] = 10,
    interval: Annotated[float, Query(ge=0, le=10, allow_inf_nan=False)] = 0.5,
) -> StreamingResponse:
    """Stream `count` chunks of a pattern, `interval` seconds apart.

    The longest pause allowed is well below API Gateway's idle limits, beyond which it cuts a stream
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html).
    """
    chunks = with_ending(PATTERNS[pattern](count, interval))
    return StreamingResponse(
        (format.write(chunk) async for chunk in chunks), headers=format.headers
    )
