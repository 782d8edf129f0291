"""Python that streams without an adapter and without a framework: a handler that yields."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from cors import cors_headers
from streaming_construct.runtime import HttpResponse

SENTENCE = "No model wrote this sentence, it is told word by word to show how a stream arrives"
WORDS = tuple(SENTENCE.split(" "))


def handler(event: Mapping[str, Any], context: object) -> Iterator[HttpResponse | str]:
    """Stream `count` words as JSON Lines, `interval` seconds apart, and say when it is over."""
    del context
    headers = {
        "Content-Type": "application/x-ndjson",
        "Cache-Control": "no-cache, no-transform",
        **cors_headers(event.get("headers") or {}, os.environ),
    }
    query = event.get("queryStringParameters") or {}
    try:
        count = min(int(query.get("count", len(WORDS))), 1000)
        interval = min(max(float(query.get("interval", 0.5)), 0.0), 10.0)
    except ValueError as error:
        yield HttpResponse(422, headers)
        yield line("failure", message=str(error))
        return
    yield HttpResponse(200, headers)
    for number in range(count):
        if number:
            time.sleep(interval)
        yield line("token", text=WORDS[number % len(WORDS)])
    yield line("end", chunks=count)


def line(event: str, **data: object) -> str:
    """Write one chunk: a JSON object on a line of its own, with the moment it was made."""
    return (
        json.dumps({"time": datetime.now(timezone.utc).isoformat(), "event": event, **data}) + "\n"
    )
