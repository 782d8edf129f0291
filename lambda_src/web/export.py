"""`GET /export`: a query as JSON Lines, of any size in constant memory."""

import contextlib
import json
import logging
import tempfile
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from formats import Format
from from_thread import from_thread
from sales import COLUMNS, Row, sales

DATABASE = Path(tempfile.gettempdir()) / "sales.sqlite3"

logger = logging.getLogger(__name__)
router = APIRouter()


@router.get("/export", response_class=StreamingResponse)
async def export(rows: Annotated[int, Query(ge=1, le=1_000_000)] = 1000) -> StreamingResponse:
    """Stream `rows` sales, one JSON object a line, and a last line that says how many there were.

    The last line is what makes an export whole: `{"end": ...}`, or `{"error": ...}` where it broke
    off. A million rows are 73 MB, below the 200 MB that Lambda lets a response have, which come at
    2 MB/s after the first 6 MB
    (https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
    """
    return StreamingResponse(_lines(rows), headers=Format.JSONL.headers)


async def _lines(rows: int) -> AsyncIterator[bytes]:
    sent = 0
    try:
        async for lines in from_thread(lambda: _batches(rows)):
            yield lines
            sent += lines.count(b"\n")
    except Exception:  # whatever it is, the client must hear of it
        logger.exception("the export failed after %d rows", sent)
        error = {"message": f"the export failed after {sent} rows"}
        yield json.dumps({"error": error}).encode() + b"\n"
    else:
        yield json.dumps({"end": {"rows": sent}}).encode() + b"\n"


def _batches(rows: int) -> Generator[bytes, None, None]:
    """Read and write rows; many to a chunk, for one each would cost more than the rows."""
    with contextlib.closing(sales(DATABASE, rows)) as batches:
        for batch in batches:
            yield b"".join(map(_line, batch))


def _line(row: Row) -> bytes:
    return json.dumps(dict(zip(COLUMNS, row, strict=True))).encode() + b"\n"
