"""The text of `/words` and `/buffered`: its words, the check of a query, and JSON Lines."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone

TEXT = (
    "API Gateway sends each word of a streamed response as soon as the function writes it. "
    "It keeps every word of a buffered response until the function has returned."
)
WORDS = tuple(TEXT.split(" "))


def read_query(event: Mapping[str, object]) -> dict[str, str]:
    """Return `count` and `interval` of a proxy event, with their defaults."""
    query = event.get("queryStringParameters")
    defaults = {"count": str(len(WORDS)), "interval": "0.2"}
    return {**defaults, **(query if isinstance(query, dict) else {})}


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


def format_word_line(number: int) -> str:
    """Write the word at an index. After its last word, the text starts again."""
    return format_json_line("token", text=WORDS[number % len(WORDS)])


def format_json_line(event: str, **data: object) -> str:
    """Write one chunk: a JSON object with the current time, on one line."""
    return (
        json.dumps({"time": datetime.now(timezone.utc).isoformat(), "event": event, **data}) + "\n"
    )
