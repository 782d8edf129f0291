"""`GET /media/{name}`: media with range requests, generated here or fetched from `MEDIA_URL`.

Bytes pass API Gateway unchanged: a streamed response needs no `binaryMediaTypes`
(https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html). Above
200 MB, Lambda's limit, use ranges or a presigned URL.
"""

import hashlib
import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Path
from fastapi.responses import Response, StreamingResponse

from ranges import UnsatisfiableRangeError, parse_range
from tone import tone

CHUNK_BYTES = 64 * 1024
HEADERS = {"Accept-Ranges": "bytes", "Cache-Control": "no-transform, max-age=3600"}

router = APIRouter()


@router.get("/media/{name}", response_class=StreamingResponse)
async def media(
    # One path segment that does not begin with a dot cannot leave the path of `MEDIA_URL`.
    name: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$", max_length=200)],
    range: Annotated[str | None, Header()] = None,  # noqa: A002 - the header's name
    if_range: Annotated[str | None, Header()] = None,
) -> Response:
    """Stream a file, or the requested range of it."""
    if base := os.environ.get("MEDIA_URL"):
        import upstream  # imported on demand, since imports dominate a cold start

        headers = {"Range": range, "If-Range": if_range}
        range_headers = {name: value for name, value in headers.items() if value is not None}
        head, chunks = await upstream.fetch(f"{base.rstrip('/')}/{name}", range_headers)
        return StreamingResponse(chunks, head.status, {**HEADERS, **head.headers})
    if name != "tone.wav":
        raise HTTPException(404, f"{name} does not exist. Request tone.wav.")
    return _respond(tone(), "audio/wav", range, if_range)


def _respond(
    content: bytes, media_type: str, range_header: str | None, if_range: str | None
) -> Response:
    """Return a response with all of `content`, or with a range of it."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {**HEADERS, "Content-Type": media_type, "ETag": tag}
    if if_range is not None and if_range != tag:
        range_header = None  # the client has a part of an older version
    try:
        part = parse_range(range_header, len(content))
    except UnsatisfiableRangeError:
        return Response(None, 416, {**HEADERS, "Content-Range": f"bytes */{len(content)}"})
    if part is None:
        headers["Content-Length"] = str(len(content))
        return StreamingResponse(_read_chunks(content), 200, headers)
    headers |= {
        "Content-Length": str(part.size),
        "Content-Range": part.format_content_range(len(content)),
    }
    return StreamingResponse(_read_chunks(content[part.start : part.end + 1]), 206, headers)


def _read_chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]
