"""A handler that yields: `count` lines, `gap_ms` apart, after `wait_ms`."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from streaming_construct.runtime import HttpResponse


def handler(event: Mapping[str, Any], context: object) -> Iterator[HttpResponse | str]:
    """Stream numbered lines. `fail` in the query raises an error before or after them."""
    del context
    query = event.get("queryStringParameters") or {}
    if query.get("fail") == "before":
        raise RuntimeError("the handler fails")
    yield HttpResponse(200, {"Content-Type": "text/plain"})
    time.sleep(int(query.get("wait_ms", "0")) / 1000)
    for number in range(int(query.get("count", "5"))):
        if number:
            time.sleep(int(query.get("gap_ms", "0")) / 1000)
        yield f"line {number}\n"
    if query.get("fail") == "after":
        raise RuntimeError("the handler fails")
