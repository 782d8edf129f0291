"""`GET /events`: Server-Sent Events that a client can lose and take up again."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
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
    """Stream `count` events, `interval` seconds apart, from the one after `Last-Event-ID`.

    At most `per_connection` of them are sent at a time. A stream that may outlive the 15 minutes
    that API Gateway gives it ends early like this, and the client comes back for the rest.
    """
    # An id of another stream, or none: from the beginning.
    seen = int(last_event_id) if re.fullmatch("[0-9]{1,9}", last_event_id) else 0
    if seen >= count:
        # The one answer after which an `EventSource` does not come back.
        return Response(status_code=204)
    last = min(count, seen + per_connection)
    numbered = _events(seen + 1, last, count, interval, fail_after)
    return StreamingResponse(sse.with_heartbeat(numbered, heartbeat), headers=sse.HEADERS)


async def _events(
    first: int, last: int, count: int, interval: float, fail_after: int | None
) -> AsyncIterator[bytes]:
    """Write the events from `first` to `last` of `count`, and how it ends."""
    try:
        async for number in _numbers(first, last, interval, fail_after):
            retry = RETRY_MS if number == first else None
            yield sse.Event(id=str(number), data=_told(number, count), retry=retry).encode()
    except Exception:  # whatever it is, the client must hear of it
        logger.exception("the events broke off")
        data = json.dumps({"error": {"message": "the events broke off"}})
        yield sse.Event(event="failure", data=data).encode()
    else:
        if last == count:
            yield sse.DONE


async def _numbers(
    first: int, last: int, interval: float, fail_after: int | None
) -> AsyncIterator[int]:
    """Count, `interval` seconds apart, which stand for the wait for something to happen."""
    for number in range(first, last + 1):
        if number > first:
            await asyncio.sleep(interval)
        if fail_after is not None and number > fail_after:
            raise RuntimeError(f"asked to fail after event {fail_after}")
        yield number


def _told(number: int, count: int) -> str:
    """Write what an event says: JSON over several lines, which SSE carries as they are."""
    time = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"number": number, "of": count, "time": time}, indent=1)
