"""`GET /media/{name}`: media by ranges, made here or relayed from `MEDIA_URL`.

Bytes pass through API Gateway as they are: a streamed response needs no `binaryMediaTypes`
(https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html). Beyond
200 MB, Lambda's limit, only ranges or a presigned URL will do.
"""

import hashlib
import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Path
from fastapi.responses import Response, StreamingResponse

from ranges import UnsatisfiableRangeError, asked_range
from tone import tone

PIECE_BYTES = 64 * 1024
HEADERS = {"Accept-Ranges": "bytes", "Cache-Control": "no-transform, max-age=3600"}

router = APIRouter()


@router.get("/media/{name}", response_class=StreamingResponse)
async def media(
    # A name of one segment that begins with no dot leads nowhere but below `MEDIA_URL`.
    name: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$", max_length=200)],
    range: Annotated[str | None, Header()] = None,  # noqa: A002 - the header's name
    if_range: Annotated[str | None, Header()] = None,
) -> Response:
    """Stream a file, or the range of it that is asked for."""
    if base := os.environ.get("MEDIA_URL"):
        import upstream  # where it is needed: a cold start is mostly imports

        given = {"Range": range, "If-Range": if_range}
        asked = {header: value for header, value in given.items() if value is not None}
        head, pieces = await upstream.fetch(f"{base.rstrip('/')}/{name}", asked)
        return StreamingResponse(pieces, head.status, {**HEADERS, **head.headers})
    if name != "tone.wav":
        raise HTTPException(404, f"there is no {name}, but a tone.wav")
    return _part(tone(), "audio/wav", range, if_range)


def _part(content: bytes, media_type: str, asked: str | None, if_range: str | None) -> Response:
    """Answer with all of `content`, or with a range of it."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {**HEADERS, "Content-Type": media_type, "ETag": tag}
    if if_range is not None and if_range != tag:
        asked = None  # what the client has a part of is no longer what is here
    try:
        part = asked_range(asked, len(content))
    except UnsatisfiableRangeError:
        return Response(None, 416, {**HEADERS, "Content-Range": f"bytes */{len(content)}"})
    if part is None:
        headers["Content-Length"] = str(len(content))
        return StreamingResponse(_pieces(content), 200, headers)
    headers |= {
        "Content-Length": str(part.size),
        "Content-Range": part.content_range(len(content)),
    }
    return StreamingResponse(_pieces(content[part.start : part.end + 1]), 206, headers)


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]
