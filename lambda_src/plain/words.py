"""Python streaming without an adapter and without a framework: a handler that yields."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from streaming_construct.runtime import HttpResponse
from streaming_construct.runtime.web.cors import create_cors_headers
from word_lines import find_problems, format_json_line, format_word_line, read_query


def handler(event: Mapping[str, Any], context: object) -> Iterator[HttpResponse | str]:
    """Stream `count` words as JSON Lines, `interval` seconds apart, and an end marker."""
    del context
    cors = create_cors_headers(event.get("headers") or {})
    query = read_query(event)
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
        yield format_word_line(number)
    yield format_json_line("end", chunks=count)
