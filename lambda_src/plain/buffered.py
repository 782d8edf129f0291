"""The text of `words.py` after the same time, as an ordinary function with a buffered response."""

import json
import os
import time
from collections.abc import Mapping
from typing import Any

from cors import create_cors_headers
from word_lines import find_problems, format_json_line, format_word_line, read_query

# API Gateway ends a buffered response after 29 seconds
# (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html).
MAXIMUM_SECONDS = 25


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Return `count` words as JSON Lines, created `interval` seconds apart, and an end marker."""
    del context
    cors = create_cors_headers(event.get("headers") or {}, os.environ)
    query = read_query(event)
    problems = find_problems(query)
    if not problems and int(query["count"]) * float(query["interval"]) > MAXIMUM_SECONDS:
        message = f"count * interval should be at most {MAXIMUM_SECONDS} seconds"
        problems = [{"loc": ["query", "count"], "msg": message, "input": query["count"]}]
    if problems:
        return {
            "statusCode": 422,
            "headers": {"Content-Type": "application/json", **cors},
            "body": json.dumps({"detail": problems}),
        }
    count = int(query["count"])
    lines = []
    for number in range(count):
        if number:
            time.sleep(float(query["interval"]))
        lines.append(format_word_line(number))
    lines.append(format_json_line("end", chunks=count))
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/x-ndjson", "Cache-Control": "no-store", **cors},
        "body": "".join(lines),
    }
