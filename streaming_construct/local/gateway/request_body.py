"""Reads the body of a request; API Gateway passes complete bodies to functions."""

from __future__ import annotations

import asyncio
from typing import Final

from streaming_construct.local.gateway.gateway_responses import (
    REQUEST_TIMEOUT,
    REQUEST_TOO_LARGE,
    GatewayResponseError,
)
from streaming_construct.local.gateway.limits.deadlines import create_disconnect_error
from streaming_construct.local.http.headers import get_header
from streaming_construct.local.http.request import Request

# How long the client may pause within its body.
_IDLE_SECONDS: Final = 60.0


async def read_body(http: Request, *, max_bytes: float) -> bytes:
    """Read the body of a request.

    Raises:
        GatewayResponseError: The body has more than `max_bytes`, or the client stopped sending.
        ResponseAborted: The client has disconnected.
    """
    if http.body.is_empty:
        return b""
    content_length = get_header(http.headers, "content-length")
    if content_length and int(content_length) > max_bytes:
        raise GatewayResponseError(REQUEST_TOO_LARGE, f"the request has {content_length} bytes")
    body = bytearray()
    while True:
        try:
            # A body that has arrived needs no timer, which may cost a task.
            timeout = None if http.body.ended else _IDLE_SECONDS
            chunk = anext(http.body)
            body += await (asyncio.wait_for(chunk, timeout) if timeout else chunk)
        except StopAsyncIteration:
            return bytes(body)
        except asyncio.TimeoutError as error:
            reason = "the client stopped sending within the request"
            raise GatewayResponseError(REQUEST_TIMEOUT, reason) from error
        except ConnectionError as error:
            if not http.disconnected.done():
                raise
            raise create_disconnect_error() from error
        if len(body) > max_bytes:
            reason = f"the request has more than {max_bytes} bytes"
            raise GatewayResponseError(REQUEST_TOO_LARGE, reason)
