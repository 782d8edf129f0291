"""`GET /stream`: progress, results or tokens, in each format."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from end_markers import add_end_marker
from formats import Format
from patterns import PATTERNS, Pattern

router = APIRouter()


@router.get("/stream", response_class=StreamingResponse)
async def stream(
    format: Format = Format.SSE,  # noqa: A002 - the name in the query string
    pattern: Pattern = Pattern.PROGRESS,
    count: Annotated[int, Query(ge=1, le=1000)] = 10,
    interval: Annotated[float, Query(ge=0, le=10, allow_inf_nan=False)] = 0.5,
) -> StreamingResponse:
    """Stream `count` chunks of a pattern, `interval` seconds apart.

    The maximum interval is below the idle timeouts of API Gateway
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html).
    """
    chunks = add_end_marker(PATTERNS[pattern](count, interval))
    return StreamingResponse(format.write_all(chunks), headers=format.headers)
