"""The body of a request, read whole: functions are given no less."""

from __future__ import annotations

import asyncio
from typing import Final

from streaming_construct.local.gateway.context import GatewayResponseError
from streaming_construct.local.gateway.gateway_responses import REQUEST_TIMEOUT, REQUEST_TOO_LARGE
from streaming_construct.local.http.headers import header
from streaming_construct.local.http.server import Request

# How long a client may stop in the middle of its body.
_IDLE_SECONDS: Final = 60.0


async def read_body(http: Request, *, max_bytes: float) -> bytes:
    """Read the body of a request.

    Raises:
        Refused: It is too large, or the client stopped in its middle.
    """
    declared = header(http.headers, "content-length")
    if declared and int(declared) > max_bytes:
        raise GatewayResponseError(REQUEST_TOO_LARGE, f"the request has {declared} bytes")
    body = bytearray()
    while True:
        try:
            # What is here already is not worth a timer, which may cost a task.
            waits = None if http.body.ended else _IDLE_SECONDS
            piece = anext(http.body)
            body += await (asyncio.wait_for(piece, waits) if waits else piece)
        except StopAsyncIteration:
            return bytes(body)
        except asyncio.TimeoutError as error:
            raise GatewayResponseError(
                REQUEST_TIMEOUT, "the client stopped in mid-request"
            ) from error
        if len(body) > max_bytes:
            raise GatewayResponseError(
                REQUEST_TOO_LARGE, f"the request has more than {max_bytes} bytes"
            )
