"""Requests and responses that the Runtime API and the Extensions API have in common."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from streaming_construct.aws.limits import FUNCTION_PAYLOAD_MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streaming_construct.local.http.headers import Headers
    from streaming_construct.local.http.request import Request
    from streaming_construct.local.http.response_writer import ResponseWriter


class ApiError(Exception):
    """A call that gets an error response."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type


async def wait_for_item(request: Request, queue: asyncio.Queue[Any]) -> Any:
    """Wait for the next item of the queue; None if the client disconnects first."""
    getting = asyncio.ensure_future(queue.get())
    try:
        await asyncio.wait((getting, request.disconnected), return_when=asyncio.FIRST_COMPLETED)
        if not request.disconnected.done():
            return getting.result()
        if getting.done():
            queue.put_nowait(getting.result())
        return None
    finally:
        getting.cancel()


async def send_json_response(
    respond: ResponseWriter, status: int, body: Mapping[str, Any], headers: Headers = ()
) -> None:
    """Send a JSON response."""
    data = json.dumps(body).encode()
    framing = [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
    await respond.start(status, [*framing, *headers])
    await respond.send(data)
    await respond.end()


async def read_body(request: Request) -> bytes:
    """Read the whole body of a call.

    Raises:
        ApiError: The body exceeds the size of a payload.
    """
    body = b""
    async for data in request.body:
        body += data
        if len(body) > FUNCTION_PAYLOAD_MAX_BYTES:
            raise ApiError(413, "RequestEntityTooLarge", "the body is too large")
    return body


def parse_json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body; empty if there is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
