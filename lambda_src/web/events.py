"""`GET /events`: Server-Sent Events that a client can resume after a lost connection."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator
from datetime import datetime, timezone
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response, StreamingResponse

import sse

RETRY_MS = 2000

logger = logging.getLogger(__name__)
router = APIRouter()


@router.get("/events", response_class=StreamingResponse)
async def events(
    count: Annotated[int, Query(ge=1, le=1000)] = 10,
    interval: Annotated[float, Query(ge=0, le=120, allow_inf_nan=False)] = 1,
    heartbeat: Annotated[float, Query(ge=0.05, le=25, allow_inf_nan=False)] = 15,
    per_connection: Annotated[int, Query(ge=1, le=1000)] = 1000,
    fail_after: Annotated[int | None, Query(ge=0, le=1000)] = None,
    last_event_id: Annotated[str, Header()] = "",
) -> Response:
    """Stream `count` events, `interval` seconds apart, starting after `Last-Event-ID`.

    Each response has at most `per_connection` events. In this way, a stream that takes longer than
    the 15 minutes of API Gateway ends early, and the client reconnects for the rest.
    """
    # Start from the beginning without an id, or with the id of another stream.
    last_seen = int(last_event_id) if re.fullmatch("[0-9]{1,9}", last_event_id) else 0
    if last_seen >= count:
        # The only response after which an `EventSource` does not reconnect.
        return Response(status_code=204)
    last = min(count, last_seen + per_connection)
    encoded = _encode_events(last_seen + 1, last, count, interval, fail_after)
    return StreamingResponse(sse.add_heartbeat(encoded, heartbeat), headers=sse.HEADERS)


async def _encode_events(
    first: int, last: int, count: int, interval: float, fail_after: int | None
) -> AsyncGenerator[bytes, None]:
    """Encode the events from `first` to `last` of `count`, and an end marker."""
    try:
        async for number in _count_numbers(first, last, interval, fail_after):
            retry = RETRY_MS if number == first else None
            yield sse.Event(id=str(number), data=_write_data(number, count), retry=retry).encode()
    except Exception:  # the client needs the end marker for every exception
        logger.exception("the event stream failed")
        data = json.dumps({"error": {"message": "the event stream failed"}})
        yield sse.Event(event="failure", data=data).encode()
    else:
        if last == count:
            yield sse.DONE


async def _count_numbers(
    first: int, last: int, interval: float, fail_after: int | None
) -> AsyncGenerator[int, None]:
    """Count with pauses of `interval` seconds, which simulate waiting for real events."""
    for number in range(first, last + 1):
        if number > first:
            await asyncio.sleep(interval)
        if fail_after is not None and number > fail_after:
            raise RuntimeError(f"the request has fail_after={fail_after}")
        yield number


def _write_data(number: int, count: int) -> str:
    """Write the data of an event: JSON with line breaks, which SSE can transport."""
    time = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"number": number, "of": count, "time": time}, indent=1)
