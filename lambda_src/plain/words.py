"""Python streaming without an adapter and without a framework: a handler that yields."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from streaming_construct.runtime import HttpResponse
from streaming_construct.runtime.web.cors import cors_headers

SENTENCE = "This sentence is sent word by word to show how a streamed response arrives"
WORDS = tuple(SENTENCE.split(" "))


def handler(event: Mapping[str, Any], context: object) -> Iterator[HttpResponse | str]:
    """Stream `count` words as JSON Lines, `interval` seconds apart, and an end marker."""
    del context
    cors = cors_headers(event.get("headers") or {})
    query = {
        "count": str(len(WORDS)),
        "interval": "0.5",
        **(event.get("queryStringParameters") or {}),
    }
    if problems := find_problems(query):
        yield HttpResponse(422, {"Content-Type": "application/json", **cors})
        yield json.dumps({"detail": problems})
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
        yield json_line("token", text=WORDS[number % len(WORDS)])
    yield json_line("end", chunks=count)


def find_problems(query: Mapping[str, str]) -> list[dict[str, object]]:
    """Return all problems with `count` and `interval`, in the format of FastAPI."""
    count, interval = query["count"], query["interval"]
    messages = {}
    if not re.fullmatch(r"[0-9]{1,4}", count) or not 1 <= int(count) <= 1000:
        messages["count"] = "Input should be a whole number from 1 to 1000"
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,9})?", interval) or float(interval) > 10:
        messages["interval"] = "Input should be a number of seconds from 0 to 10"
    return [
        {"loc": ["query", name], "msg": message, "input": query[name]}
        for name, message in messages.items()
    ]


def json_line(event: str, **data: object) -> str:
    """Write one chunk: a JSON object with the current time, on one line."""
    return (
        json.dumps({"time": datetime.now(timezone.utc).isoformat(), "event": event, **data}) + "\n"
    )
