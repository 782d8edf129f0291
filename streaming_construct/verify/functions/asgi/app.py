"""An ASGI app without a framework: `count` lines, `gap_ms` apart, after `wait_ms`."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

Message = MutableMapping[str, Any]

EXTRA_HEADERS = {
    "cookies": [(b"set-cookie", b"a=1; Path=/"), (b"set-cookie", b"b=2; Path=/")],
    "repeated": [(b"x-repeated", b"one"), (b"x-repeated", b"two")],
}


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Stream numbered lines. `fail=after` raises an error after them, `headers` adds headers."""
    if scope["type"] != "http":
        return
    await receive()
    query = dict(parse_qsl(scope["query_string"].decode()))
    extra = EXTRA_HEADERS.get(query.get("headers", ""), [])
    headers = [(b"content-type", b"text/plain"), *extra]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await asyncio.sleep(int(query.get("wait_ms", "0")) / 1000)
    for number in range(int(query.get("count", "5"))):
        if number:
            await asyncio.sleep(int(query.get("gap_ms", "0")) / 1000)
        body = f"line {number}\n".encode()
        await send({"type": "http.response.body", "body": body, "more_body": True})
    if query.get("fail") == "after":
        raise RuntimeError("the app fails")
    await send({"type": "http.response.body", "body": b""})
