"""Python that streams without an adapter and without a framework: a handler that yields."""

import json
import os
import re
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
    cors = cors_headers(event.get("headers") or {}, os.environ)
    query = {
        "count": str(len(WORDS)),
        "interval": "0.5",
        **(event.get("queryStringParameters") or {}),
    }
    if wrong := problems(query):
        yield HttpResponse(422, {"Content-Type": "application/json", **cors})
        yield json.dumps({"detail": wrong})
        return
    yield HttpResponse(
        200,
        {
            "Content-Type": "application/x-ndjson",
            "Cache-Control": "no-cache, no-transform",
            **cors,
        },
    )
    count = int(query["count"])
    for number in range(count):
        if number:
            time.sleep(float(query["interval"]))
        yield line("token", text=WORDS[number % len(WORDS)])
    yield line("end", chunks=count)


def problems(query: Mapping[str, str]) -> list[dict[str, object]]:
    """Name every problem with `count` and `interval`, in the words that FastAPI has for them."""
    count, interval = query["count"], query["interval"]
    told = {}
    if not re.fullmatch(r"[0-9]{1,4}", count) or not 1 <= int(count) <= 1000:
        told["count"] = "Input should be a whole number from 1 to 1000"
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,9})?", interval) or float(interval) > 10:
        told["interval"] = "Input should be a number of seconds from 0 to 10"
    return [
        {"loc": ["query", name], "msg": msg, "input": query[name]} for name, msg in told.items()
    ]


def line(event: str, **data: object) -> str:
    """Write one chunk: a JSON object on a line of its own, with the moment it was made."""
    return (
        json.dumps({"time": datetime.now(timezone.utc).isoformat(), "event": event, **data}) + "\n"
    )
