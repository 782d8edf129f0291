"""Properties of HTTP/1.1 framing over real sockets, for chunks of any size."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_construct.local.http.client import HttpClient, Response, request
from streaming_construct.local.http.connection import IncompleteMessageError
from streaming_construct.local.http.request import Request
from streaming_construct.local.http.response_writer import ResponseWriter
from streaming_construct.local.http.server import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

pytestmark = pytest.mark.anyio

HEAD = b"POST /%d HTTP/1.1\r\nHost: a\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

# The chunks of a body, and whether it is chunked or has a length.
BODIES = st.tuples(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.booleans())
CUTS = st.lists(st.integers(0, 400), max_size=8)


def frame(chunks_of_body: Sequence[bytes], chunked: bool) -> bytes:
    """Return the framing header of a body, the end of the head, and the body."""
    if chunked:
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks_of_body)
        return b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    body = b"".join(chunks_of_body)
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def split(data: bytes, places: Sequence[int]) -> list[bytes]:
    """Return the same bytes in parts."""
    bounds = [0, *sorted(place for place in places if place < len(data)), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(bounds)]


async def send(writer: asyncio.StreamWriter, chunks: Sequence[bytes]) -> None:
    for chunk in chunks:
        writer.write(chunk)
        await asyncio.sleep(0.0005)


@asynccontextmanager
async def serve_parts(data: Sequence[bytes]) -> AsyncIterator[int]:
    """Run a server that sends these parts to each client and closes; return its port."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await send(writer, data)
        writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def fetch(port: int) -> tuple[Response, bytes]:
    async with request("127.0.0.1", port, "GET", "/") as response:
        return response, b"".join([data async for data in response.body])


@settings(max_examples=60, deadline=None)
@given(st.lists(BODIES, min_size=1, max_size=3), CUTS)
async def test_requests_are_read_as_they_were_sent(
    bodies: list[tuple[list[bytes], bool]], places: list[int]
) -> None:
    """Several requests on one connection, with a length or in chunks, stay separate."""
    wire = b"".join(HEAD % number + frame(*body) for number, body in enumerate(bodies)) + GET

    async def scenario() -> list[tuple[str, bytes]]:
        received: list[tuple[str, bytes]] = []

        async def handler(arrived: Request, respond: ResponseWriter) -> None:
            received.append((arrived.target, b"".join([data async for data in arrived.body])))
            await respond.start(204)
            await respond.end()

        async with serve(handler) as server:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            await send(writer, split(wire, places))
            responses = await asyncio.wait_for(reader.read(), 3)
            writer.close()
        assert responses.count(b"HTTP/1.1 204 No Content") == len(bodies) + 1
        return received

    expected = [(f"/{number}", b"".join(chunks)) for number, (chunks, _) in enumerate(bodies)]
    assert await scenario() == [*expected, ("/", b"")]


@settings(max_examples=60, deadline=None)
@given(BODIES, CUTS)
async def test_a_response_is_read_as_it_was_sent(
    body: tuple[list[bytes], bool], places: list[int]
) -> None:
    """It is complete, whatever its parts."""
    wire = b"HTTP/1.1 200 OK\r\nX-One: 1\r\n" + frame(*body)

    async with serve_parts(split(wire, places)) as port:
        response, received = await fetch(port)

    assert (response.status, response.headers[0]) == (200, ("X-One", "1"))
    assert received == b"".join(body[0])


@settings(max_examples=60, deadline=None)
@given(BODIES, st.data())
async def test_a_truncated_response_is_never_complete(
    body: tuple[list[bytes], bool], data: Any
) -> None:
    """It ends in its head, length or chunk. The reader gets an error."""
    wire = b"HTTP/1.1 200 OK\r\n" + frame(*body)
    end = data.draw(st.integers(0, len(wire) - 1))

    async def scenario() -> None:
        async with serve_parts([wire[:end]]) as port:
            await fetch(port)

    with pytest.raises(ConnectionError):
        await scenario()


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda b: GET[:-4] + b)))
async def test_no_bytes_of_a_client_break_the_server(junk: bytes) -> None:
    """The server raises no error, and serves the next client."""

    errors: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, error: errors.append(error))

    async def handler(_: Request, respond: ResponseWriter) -> None:
        await respond.start(204)
        await respond.end()

    async with serve(handler) as server:
        for data in (junk, GET):
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(data)
            if data is junk:
                await asyncio.sleep(0.002)
                writer.write_eof()
            response = await asyncio.wait_for(reader.read(), 3)
            writer.close()

    assert response.startswith(b"HTTP/1.1 204 ")
    assert errors == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_request_on_a_closed_connection_is_sent_again(method: str) -> None:
    """If the request may be repeated, a server that closes after an error loses no other
    request."""

    async def scenario() -> list[int]:
        async def close_after_the_first(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")  # the second request is on its way already
            writer.close()

        server = await asyncio.start_server(close_after_the_first, "127.0.0.1", 0)
        async with server:
            client = HttpClient(*server.sockets[0].getsockname())
            statuses = []
            try:
                for _ in range(2):
                    async with client.request(method, "/") as response:
                        statuses.append(response.status)
            finally:
                client.close()
            return statuses

    if method == "GET":
        assert await scenario() == [200, 200]
    else:
        with pytest.raises(IncompleteMessageError):
            await scenario()
