"""Media that is somewhere else, fetched by ranges and handed on as it comes."""

import contextlib
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Generator, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage

from from_thread import from_thread
from ranges import bounded

PIECE_BYTES = 64 * 1024
TIMEOUT_SECONDS = 20
PASSED_ON = ("Content-Type", "Content-Length", "Content-Range", "ETag", "Last-Modified")
# 200 and 206 have the media; these others mean to the client what they mean here.
ANSWERS = frozenset({200, 206, 404, 416})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What is configured is what is asked, and nothing it points to."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True)
class Head:
    """The status and the headers that the upstream answered with, or a 502 in their place."""

    status: int
    headers: Mapping[str, str]


async def fetch(url: str, asked: Mapping[str, str]) -> tuple[Head, AsyncIterator[bytes]]:
    """Request a URL, with the `Range` and `If-Range` that the client sent; return head and body.

    A range is bounded, as `ranges.bounded` says. An upstream that cannot be reached, or answers
    what media does not, is a 502. The body is read piece by piece, no faster than the client reads,
    in a thread: `urllib` blocks.
    """
    headers = {name: asked[name] for name in ("Range", "If-Range") if name in asked}
    if "Range" in headers:
        headers["Range"] = bounded(headers["Range"])
    pieces = from_thread(lambda: _fetch(urllib.request.Request(url, headers=headers)))  # noqa: S310 - the URL is the deployer's own
    head = await anext(pieces)
    assert isinstance(head, Head)  # noqa: S101 - the first thing that `_fetch` yields
    return head, _body(pieces)


async def _body(pieces: AsyncIterator[Head | bytes]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        if isinstance(piece, bytes):
            yield piece


def _fetch(request: urllib.request.Request) -> Generator[Head | bytes, None, None]:
    try:
        response = _OPENER.open(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        response = error
    except (OSError, HTTPException):  # the second is an answer that is no HTTP
        yield Head(502, {})
        return
    with contextlib.closing(response):
        status = response.status
        yield Head(status, _passed_on(response.headers)) if status in ANSWERS else Head(502, {})
        while status in (200, 206) and (piece := response.read1(PIECE_BYTES)):
            yield piece


def _passed_on(headers: HTTPMessage) -> dict[str, str]:
    return {name: headers[name] for name in PASSED_ON if name in headers}
