"""Media of another server, fetched by ranges and forwarded as it arrives."""

import contextlib
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage

from iterate_in_thread import iterate_in_thread
from ranges import limit_range

CHUNK_BYTES = 64 * 1024
TIMEOUT_SECONDS = 20
FORWARDED_HEADERS = ("Content-Type", "Content-Length", "Content-Range", "ETag", "Last-Modified")
# 200 and 206 have the media. The others have the same meaning for the client.
FORWARDED_STATUSES = frozenset({200, 206, 404, 416})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Ignores redirects, so that only the configured server receives requests."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True)
class ResponseHead:
    """Status and headers of the upstream server, or a 502."""

    status: int
    headers: Mapping[str, str]


async def fetch(
    url: str, range_headers: Mapping[str, str]
) -> tuple[ResponseHead, AsyncGenerator[bytes, None]]:
    """Request a URL with the client's `Range` and `If-Range`, and return head and body.

    `ranges.limit_range` limits the range. If the server is unreachable or returns an unexpected
    status, the status is 502. `urllib` blocks, so a thread reads the body, no faster than the
    client does.
    """
    headers = {name: range_headers[name] for name in ("Range", "If-Range") if name in range_headers}
    if "Range" in headers:
        headers["Range"] = limit_range(headers["Range"])
    chunks = iterate_in_thread(lambda: _fetch(urllib.request.Request(url, headers=headers)))  # noqa: S310 - the URL is the deployer's own
    head = await anext(chunks)
    assert isinstance(head, ResponseHead)  # noqa: S101 - the first item of `_fetch`
    return head, _read_body(chunks)


async def _read_body(
    chunks: AsyncGenerator[ResponseHead | bytes, None],
) -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(chunks):
        async for chunk in chunks:
            if isinstance(chunk, bytes):
                yield chunk


def _fetch(request: urllib.request.Request) -> Generator[ResponseHead | bytes, None, None]:
    try:
        response = _OPENER.open(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        response = error
    except (OSError, HTTPException):  # HTTPException: the response is not HTTP
        yield ResponseHead(502, {})
        return
    with contextlib.closing(response):
        status = response.status
        yield (
            ResponseHead(status, _forward_headers(response.headers))
            if status in FORWARDED_STATUSES
            else ResponseHead(502, {})
        )
        while status in (200, 206) and (chunk := response.read1(CHUNK_BYTES)):
            yield chunk


def _forward_headers(headers: HTTPMessage) -> dict[str, str]:
    return {name: headers[name] for name in FORWARDED_HEADERS if name in headers}
