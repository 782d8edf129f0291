"""The HTTP/1.1 server and client over real sockets."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING

import pytest

from streaming_construct.local.http.byte_stream import HIGH_WATER_BYTES, ByteStream
from streaming_construct.local.http.client import HttpClient, request
from streaming_construct.local.http.connection import IncompleteMessageError, MalformedMessageError
from streaming_construct.local.http.request import Request
from streaming_construct.local.http.response_writer import ResponseWriter
from streaming_construct.local.http.server import Handler, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.anyio

POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def say_hello(_request: Request, respond: ResponseWriter) -> None:
    await respond.start(200, [("Content-Length", "5")])
    await respond.send(b"hello")
    await respond.end()


async def echo(request: Request, respond: ResponseWriter) -> None:
    await respond.start(200)
    async for data in request.body:
        await respond.send(data)
    await respond.end(trailers=request.trailers)


async def exchange(
    handler: Handler, *chunks: bytes, pause: float = 0.0, **options: object
) -> bytes:
    """Send bytes; return all bytes until the server closes, or sends nothing more for 0.15 s."""
    async with serve(handler, **options) as server:  # type: ignore[arg-type] # of several types
        reader, writer = await asyncio.open_connection(server.host, server.port)
        try:
            for chunk in chunks:
                writer.write(chunk)
                await asyncio.sleep(pause)
            response = b""
            while data := await asyncio.wait_for(reader.read(65536), 0.15 if response else 10):
                response += data
        except (asyncio.TimeoutError, ConnectionResetError):
            return response + b"<open>"
        else:
            return response
        finally:
            writer.close()


async def test_a_body_with_a_length_has_a_content_length() -> None:
    """The Content-Length of the handler frames the body. The connection stays open."""
    response = await exchange(say_hello, GET)

    assert response == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello<open>"


async def test_a_body_without_length_is_chunked_and_ends_with_its_trailers() -> None:
    """Chunks and trailers pass in both directions with their letter case."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    response = await exchange(echo, head, b"3\r\nabc\r\n0\r\nX-Why: because\r\n\r\n")

    assert response.endswith(b"\r\n\r\n3\r\nabc\r\n0\r\nX-Why: because\r\n\r\n<open>")


async def test_header_order_case_and_repetition_are_preserved() -> None:
    """The handler receives the headers as the client sent them."""
    headers: list[tuple[str, str]] = []

    async def handler(request: Request, respond: ResponseWriter) -> None:
        headers.extend(request.headers)
        await say_hello(request, respond)

    await exchange(
        handler, b"GET /%20b?q HTTP/1.1\r\nHost: a\r\nx-B: 1\r\nX-a: \xe9\r\nx-B: 2\r\n\r\n"
    )

    assert headers == [("Host", "a"), ("x-B", "1"), ("X-a", "é"), ("x-B", "2")]


async def test_pipelined_requests_have_responses_in_order() -> None:
    """A second request in the same packet waits for the slow response to the first."""

    async def handler(request: Request, respond: ResponseWriter) -> None:
        await asyncio.sleep(0.05 if request.target == "/slow" else 0)
        await respond.start(200, [("Content-Length", str(len(request.target)))])
        await respond.send(request.target.encode())
        await respond.end()

    response = await exchange(
        handler, GET.replace(b"/ ", b"/slow ") + GET.replace(b"/ ", b"/2 ") * 2
    )

    assert [part.split(b"\r\n\r\n")[1] for part in response.split(b"HTTP/1.1 200 OK")[1:]] == [
        b"/slow",
        b"/2",
        b"/2<open>",
    ]


async def test_a_pipelined_request_may_have_an_incomplete_body() -> None:
    """The server reads the rest after the response to the first request."""

    async def slow(request: Request, respond: ResponseWriter) -> None:
        await asyncio.sleep(0.02 if request.method == "GET" else 0)
        await echo(request, respond)

    begun = GET + POST + b"Content-Length: 6\r\n\r\nabc"
    response = await exchange(slow, begun, b"def", pause=0.05)

    assert response.endswith(b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n<open>")


async def test_a_pipelined_request_is_canceled_when_the_server_closes() -> None:
    """A handler may end its response when it is canceled. The next one is canceled then."""
    ended: list[str] = []
    started = asyncio.Event()

    async def handler(request: Request, respond: ResponseWriter) -> None:
        started.set()
        try:
            await asyncio.sleep(10)
        finally:
            ended.append(request.target)
            await respond.start(200, [("Content-Length", "0")])
            await respond.end()

    tasks_before = asyncio.all_tasks()
    async with serve(handler) as server:
        _, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(GET.replace(b"/ ", b"/1 ") + GET.replace(b"/ ", b"/2 "))
        await asyncio.wait_for(started.wait(), 60)
    tasks_after = asyncio.all_tasks()
    writer.close()

    assert tasks_after == tasks_before
    assert ended == ["/1", "/2"]


@pytest.mark.parametrize(
    "smuggled",
    [
        POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: +3\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
async def test_request_smuggling_is_rejected(smuggled: bytes) -> None:
    """Framing that two servers could read differently is a 400, and the connection is closed."""
    response = await exchange(say_hello, smuggled + GET)

    assert response.startswith(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n")
    assert response.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("size", [b"-3", b"0x3", b"3 ", b"g"])
async def test_an_invalid_chunk_size_is_a_400(size: bytes) -> None:
    """The handler that reads the body fails. Nothing after the chunk is a request."""

    async def handler(request: Request, respond: ResponseWriter) -> None:
        async for _ in request.body:
            pass
        await say_hello(request, respond)

    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    response = await exchange(handler, head, size + b"\r\nabc\r\n0\r\n\r\n" + GET, pause=0.02)

    assert response.startswith(b"HTTP/1.1 400 ")
    assert response.count(b"HTTP/1.1") == 1


async def test_a_head_over_the_limit_is_rejected() -> None:
    """Many headers, one endless header and an endless chunk extension are a 431."""
    many = GET[:-2] + b"A: b\r\n" * 2000
    endless = GET[:-2] + b"A: "
    chunk = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x="

    async def handler(request: Request, _respond: ResponseWriter) -> None:
        async for _ in request.body:
            pass

    chunks = [b"x" * 3000] * 4
    result = [
        await exchange(say_hello, many, max_head_bytes=10_000),
        await exchange(say_hello, endless, *chunks, pause=0.01, max_head_bytes=10_000),
        await exchange(handler, chunk, *chunks, pause=0.01, max_head_bytes=10_000),
    ]

    assert [response[:12] for response in result] == [b"HTTP/1.1 431"] * 3


async def test_a_100_continue_is_sent_when_the_handler_reads() -> None:
    """It is not sent before."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"

    async def handler(request: Request, respond: ResponseWriter) -> None:
        assert [data async for data in request.body] == [b"hi"]
        await say_hello(request, respond)

    response = await exchange(handler, head, b"hi", pause=0.05)
    answered_first = await exchange(echo, head, b"hi", pause=0.05)
    unwanted = await exchange(say_hello, head)

    assert response.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")
    assert b"100" not in answered_first + unwanted
    assert b"Connection: close\r\n" in unwanted


def test_a_connection_serves_the_next_request_after_a_response_that_precedes_the_body() -> None:
    """The server reads the rest of a small request body. Otherwise it announces that it closes."""
    head = POST + b"Content-Length: 2\r\n\r\n"
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    large = POST + b"Content-Length: 9999999\r\n\r\n"

    def responses(*messages: bytes) -> bytes:
        return asyncio.run(exchange(say_hello, *messages, pause=0.05))

    assert responses(head, b"hi", GET, GET).count(b"200 OK") == 3
    assert responses(chunked, b"2\r\nhi\r\n", b"0\r\n\r\n" + GET).count(b"200 OK") == 2
    assert b"Connection: close\r\n" in responses(large, b"hi")
    assert not responses(chunked, b"no size\r\n", GET).endswith(b"<open>")
    endless = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    received = responses(chunked, *[endless] * 17, GET)
    assert received.count(b"200 OK") == 1
    assert not received.endswith(b"<open>")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
async def test_responses_without_a_body_have_none(method: str, status: int) -> None:
    """HEAD, 204 and 304 end with their head, even if the handler sends a body."""

    async def handler(_request: Request, respond: ResponseWriter) -> None:
        await respond.start(status, [("Content-Length", "4")])
        await respond.send(b"body")
        await respond.end()

    response = await exchange(handler, f"{method} / HTTP/1.1\r\nHost: a\r\n\r\n".encode())

    assert response.endswith(b"\r\n\r\n<open>")
    assert (b"Content-Length" in response) is (status != 204)


async def test_http_1_0_gets_a_body_that_ends_with_the_connection() -> None:
    """An HTTP/1.0 client never receives chunks."""
    response = await exchange(echo, b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi")

    assert response == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi"


@pytest.mark.parametrize("how", ["abort", "raise", "return", "too short"])
async def test_a_response_that_fails_lacks_its_terminating_chunk(how: str) -> None:
    """The sent bytes arrive, then the connection closes without the end."""

    async def handler(_request: Request, respond: ResponseWriter) -> None:
        await respond.start(200, [("Content-Length", "9")] if how == "too short" else [])
        await respond.send(b"half")
        if how == "abort":
            respond.abort()
        if how == "raise":
            raise RuntimeError("meant to be seen in the log")
        if how == "too short":
            await respond.end()

    response = await exchange(handler, GET)

    assert response.endswith(b"half" if how == "too short" else b"4\r\nhalf\r\n")


async def test_a_handler_that_fails_before_its_response_is_a_500() -> None:
    """Nothing was sent, so the server can still send a status."""

    async def handler(_request: Request, _respond: ResponseWriter) -> None:
        raise RuntimeError("meant to be seen in the log")

    assert (await exchange(handler, GET)).startswith(b"HTTP/1.1 500 ")


async def test_headers_with_line_ends_are_rejected() -> None:
    """A handler cannot send a header that it did not intend."""
    rejected: list[Exception] = []

    async def handler(request: Request, respond: ResponseWriter) -> None:
        for pair in (("A", "b\r\nC: d"), ("A b", "c"), ("A", "€"), ("Connection", "x")):
            with pytest.raises(ValueError, match=r"carry|only the connection") as rejection:
                await respond.start(200, [pair])
            rejected.append(rejection.value)
        await say_hello(request, respond)

    await exchange(handler, GET)

    assert len(rejected) == 4


async def test_a_client_that_leaves_ends_the_request() -> None:
    """`disconnected` is done, and `send` raises an error."""

    failure: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    async def handler(request: Request, respond: ResponseWriter) -> None:
        await respond.start(200)
        await asyncio.wait_for(request.disconnected, 5)
        try:
            await respond.send(b"x")
        except ConnectionResetError as error:
            failure.set_result(error)

    async with serve(handler) as server:
        _, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(GET)
        await asyncio.sleep(0.02)
        writer.close()
        result = await asyncio.wait_for(failure, 5)

    assert isinstance(result, ConnectionResetError)


async def test_a_slow_client_slows_the_handler() -> None:
    """An endless handler stops at the size of the socket buffers."""

    async def scenario() -> tuple[int, int]:
        sent = 0

        async def handler(_request: Request, respond: ResponseWriter) -> None:
            nonlocal sent
            await respond.start(200)
            while True:
                await respond.send(b"x" * 65536)
                sent += 65536

        async with serve(handler) as server:
            _, writer = await asyncio.open_connection(server.host, server.port, limit=1024)
            writer.write(GET)
            await asyncio.sleep(0.3)
            first = sent
            await asyncio.sleep(0.2)
            writer.close()
            return first, sent

    first, later = await scenario()

    assert first == later < 32 * 1024 * 1024


async def test_a_slow_handler_slows_the_client() -> None:
    """An unread upload stops at the size of the socket buffers. Later it arrives complete."""
    total = 48 * 1024 * 1024

    async def scenario() -> tuple[int, int]:
        sent = received = 0
        go_on = asyncio.Event()

        async def handler(request: Request, respond: ResponseWriter) -> None:
            nonlocal received
            await go_on.wait()
            async for data in request.body:
                received += len(data)
            await say_hello(request, respond)

        async def body() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < total:
                sent += 65536
                yield b"x" * 65536

        async def release() -> int:
            await asyncio.sleep(0.3)
            before = sent
            go_on.set()
            return before

        async with serve(handler) as server:
            releasing = asyncio.create_task(release())
            async with request(server.host, server.port, "POST", "/", body=body()) as response:
                assert [data async for data in response.body] == [b"hello"]
            return await releasing, received

    before, received = await scenario()

    assert before < 32 * 1024 * 1024
    assert received == total


async def test_chunks_arrive_as_they_are_sent() -> None:
    """Each chunk arrives when the server sends it, not at the end."""

    async def handler(_request: Request, respond: ResponseWriter) -> None:
        await respond.start(200)
        for _ in range(4):
            await respond.send(b"x")
            await asyncio.sleep(0.05)
        await respond.end()

    async with (
        serve(handler) as server,
        request(server.host, server.port, "GET", "/") as response,
    ):
        times = [time.monotonic() async for _ in response.body]

    assert len(times) == 4
    assert all(later - sooner > 0.025 for sooner, later in itertools.pairwise(times))


async def test_the_client_reuses_connections_and_replaces_closed_ones(
    advance: Callable[[float], Awaitable[None]],
) -> None:
    """Idle connections are reused. One that the server closed is replaced."""
    connections: set[object] = set()
    async with serve(say_hello, idle_seconds=2) as server:
        client = HttpClient(server.host, server.port)
        for _ in range(3):
            async with client.request("GET", "/") as response:
                assert [data async for data in response.body] == [b"hello"]
            connections.add(client._idle[-1])
        reused = len(connections)
        (idle,) = client._idle
        await advance(3)  # the client itself would close the connection after 4 s
        ends = time.monotonic() + 20
        while not idle.is_closed:
            assert time.monotonic() < ends
            await asyncio.sleep(0)
        async with client.request("GET", "/") as response:
            assert [data async for data in response.body] == [b"hello"]
        connections.add(client._idle[-1])
        client.close()
        result = reused, len(connections)

    assert result == (1, 2)


async def wait_until_closed(reader: asyncio.StreamReader) -> None:
    """Wait until the server closes a connection, whatever the clock of the event loop."""
    ends = time.monotonic() + 20
    while not (reader.at_eof() or reader.exception()):
        assert time.monotonic() < ends
        await asyncio.sleep(0)


async def test_only_a_connection_without_a_request_is_idle(
    advance: Callable[[float], Awaitable[None]],
) -> None:
    """A long request is not closed. Its end, and the end of a body that is discarded, start the
    time again."""
    started, released = asyncio.Event(), asyncio.Event()

    async def handler(request: Request, respond: ResponseWriter) -> None:
        started.set()
        if request.method == "GET":
            await released.wait()
        await say_hello(request, respond)

    async with serve(handler, idle_seconds=10) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(GET)
        await started.wait()
        await advance(60)
        released.set()
        await reader.readuntil(b"hello")
        await advance(9)
        writer.write(POST + b"Content-Length: 2\r\n\r\n")
        await reader.readuntil(b"hello")
        await advance(9)
        writer.write(b"hi" + GET)
        await reader.readuntil(b"hello")
        await advance(11)
        await wait_until_closed(reader)
        for sent in (b"", POST + b"Content-Length: 2\r\n\r\n"):
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(sent)
            if sent:
                await reader.readuntil(b"hello")
            else:
                await advance(0)  # the server accepts the connection
            await advance(11)
            await wait_until_closed(reader)
        writer.close()


async def test_an_unread_body_does_not_block_the_connection() -> None:
    """In both directions, the next message on the same connection is served."""

    async def scenario() -> list[bytes]:
        # Only its last byte makes such a body large enough to stop the reading.
        large = b"x" * HIGH_WATER_BYTES

        async def handler(_request: Request, respond: ResponseWriter) -> None:
            await asyncio.sleep(0.02)
            await respond.start(200, [("Content-Length", str(len(large)))])
            await respond.send(large)
            await respond.end()

        async with serve(handler) as server:
            client = HttpClient(server.host, server.port)
            for _ in range(3):
                async with client.request("POST", "/", body=large):
                    await asyncio.sleep(0.05)
                assert len(client._idle) == 1
            async with client.request("GET", "/") as response:
                return [data async for data in response.body]

    received = await asyncio.wait_for(scenario(), 5)

    assert sum(map(len, received)) == HIGH_WATER_BYTES


@pytest.mark.parametrize(
    ("response_bytes", "outcome"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nall of it", b"all of it"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", IncompleteMessageError),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            IncompleteMessageError,
        ),
        (b"HTTP/1.1 200 OK\r\n", IncompleteMessageError),
        (b"", IncompleteMessageError),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            MalformedMessageError,
        ),
        (b"nonsense\r\n\r\n", MalformedMessageError),
    ],
)
async def test_the_client_detects_truncated_responses(
    response_bytes: bytes, outcome: bytes | type[Exception]
) -> None:
    """The connection may end a body only if nothing else frames it."""

    async def scenario() -> bytes | type[Exception]:
        async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(response_bytes)
            writer.close()

        server = await asyncio.start_server(reply, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            async with request("127.0.0.1", port, "GET", "/") as response:
                return b"".join([data async for data in response.body])
        except (IncompleteMessageError, MalformedMessageError) as error:
            return type(error)
        finally:
            server.close()

    assert await scenario() == outcome


async def test_a_discarded_stream_never_blocks_its_producer() -> None:
    """After the consumer has left, all data is dropped."""

    stream = ByteStream()
    stream.feed(b"x" * 1_000_000)
    waiting = asyncio.create_task(stream.wait_writable())
    await asyncio.sleep(0)
    assert not waiting.done()
    stream.discard()
    await asyncio.wait_for(waiting, 1)
    for _ in range(100):
        stream.feed(b"x" * 1_000_000)
        await asyncio.wait_for(stream.wait_writable(), 1)


@pytest.mark.parametrize("body", [b"Content-Length: 5\r\n\r\nhello", b"\r\n"])
async def test_an_upgrade_request_is_served_without_upgrade(body: bytes) -> None:
    """HTTP/2 clients send it on each plain connection. The next request is served, too."""
    head = POST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
    response = await exchange(echo, head + body, GET, pause=0.02)

    assert response.count(b"HTTP/1.1 200 OK") == 2
    assert (b"hello" in response) is (b"hello" in body)


@pytest.mark.parametrize(
    ("request_bytes", "reason"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "0 Host headers"),
        (b"\x16\x03\x01\x02\x00\x01", "a TLS handshake, and this port has no TLS"),
    ],
)
async def test_each_rejected_request_is_reported_once(request_bytes: bytes, reason: str) -> None:
    """The line has the address of the client and the status."""
    lines: list[str] = []
    response = await exchange(say_hello, request_bytes, report_rejection=lines.append)

    assert response.startswith(b"HTTP/1.1 400")
    assert lines == [f"127.0.0.1: 400, {reason}"]
