"""`GET /export`: a query result as JSON Lines, of any size in constant memory."""

import json
import logging
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from formats import Format
from iterate_in_thread import iterate_in_thread
from sales import COLUMNS, Row, sales

DATABASE = Path(tempfile.gettempdir()) / "sales.sqlite3"

logger = logging.getLogger(__name__)
router = APIRouter()


@router.get("/export", response_class=StreamingResponse)
async def export(rows: Annotated[int, Query(ge=1, le=1_000_000)] = 1000) -> StreamingResponse:
    """Stream `rows` sales, one JSON object a line, and an end marker with their number.

    The export is complete if its last line is `{"end": ...}`. If it fails, the last line is
    `{"error": ...}`. A million rows are 73 MB, less than Lambda's limit of 200 MB. Lambda sends
    them at 2 MB/s after the first 6 MB
    (https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html).
    """
    return StreamingResponse(_write_lines(rows), headers=Format.JSONL.headers)


async def _write_lines(rows: int) -> AsyncGenerator[bytes, None]:
    sent = 0
    try:
        async with aclosing(iterate_in_thread(lambda: _encode_batches(rows))) as batches:
            async for lines in batches:
                yield lines
                sent += lines.count(b"\n")
    except Exception:  # the client needs the end marker for every exception
        logger.exception("the export failed after %d rows", sent)
        error = {"message": f"the export failed after {sent} rows"}
        yield json.dumps({"error": error}).encode() + b"\n"
    else:
        yield json.dumps({"end": {"rows": sent}}).encode() + b"\n"


def _encode_batches(rows: int) -> Generator[bytes, None, None]:
    """Encode rows in batches, since one chunk for each row would cost more than the row."""
    with closing(sales(DATABASE, rows)) as batches:
        for batch in batches:
            yield b"".join(map(_write_line, batch))


def _write_line(row: Row) -> bytes:
    return json.dumps(dict(zip(COLUMNS, row, strict=True))).encode() + b"\n"
