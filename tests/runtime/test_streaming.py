"""A chunk leaves the process when the app yields it, whatever the app does next."""

from __future__ import annotations

import re
import statistics
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from streaming_construct.runtime.response_stream import ResponseStream, Watchdog
from tests.runtime.events import rest_event
from tests.runtime.runtime_api_server import DELIMITER, Recorded

if TYPE_CHECKING:
    from tests.runtime.conftest import Function

pytestmark = pytest.mark.slow
# What "at once" may take on a loaded machine, well below the 300 ms of blocking.
PACED = {
    "generator": """
        import time
        def handler(event, context):
            for i in range(4):
                yield f"<{i}>"
                time.sleep(0.15)
        """,
    "async generator": """
        import asyncio
        async def handler(event, context):
            for i in range(4):
                yield f"<{i}>"
                await asyncio.sleep(0.15)
        """,
    "wsgi": """
        import time
        def handler(environ, start_response):
            start_response("200 OK", [("content-type", "text/plain")])
            for i in range(4):
                yield b"<%d>" % i
                time.sleep(0.15)
        """,
    "asgi": """
        import asyncio
        async def handler(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for i in range(4):
                await send({"type": "http.response.body", "body": b"<%d>" % i, "more_body": True})
                await asyncio.sleep(0.15)
            await send({"type": "http.response.body"})
        """,
}
# The app blocks its thread and the event loop for 300 ms after the last of these chunks.
BLOCKING = {
    "generator": """
        import time
        def handler(event, context):
            yield "one"
            yield "two"
            time.sleep(0.3)
            yield "end"
        """,
    "async generator": """
        import time
        async def handler(event, context):
            yield "one"
            yield "two"
            time.sleep(0.3)
            yield "end"
        """,
    "asgi": """
        import time
        async def handler(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"one", "more_body": True})
            await send({"type": "http.response.body", "body": b"two", "more_body": True})
            time.sleep(0.3)
            await send({"type": "http.response.body", "body": b"end"})
        """,
    "busy generator": """
        import time
        def handler(event, context):
            yield "one"
            yield "two"
            until = time.monotonic() + 0.3
            while time.monotonic() < until:
                pass
            yield "end"
        """,
    "busy asgi": """
        import time
        async def handler(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"one", "more_body": True})
            await send({"type": "http.response.body", "body": b"two", "more_body": True})
            until = time.monotonic() + 0.3
            while time.monotonic() < until:
                pass
            await send({"type": "http.response.body", "body": b"end"})
        """,
}


@pytest.mark.parametrize("kind", PACED)
def test_paced_chunks_arrive_as_they_are_yielded(function: Function, kind: str) -> None:
    """Chunks that are 150 ms apart do not arrive together."""
    function.start(PACED[kind])

    response = function.call(rest_event())

    arrivals = [response.arrival(b"<%d>" % i) for i in range(4)]
    gaps = [later - earlier for earlier, later in pairwise(arrivals)]
    # No gap is most of the total. Delayed chunks would arrive together after a long gap.
    assert arrivals[-1] - arrivals[0] > 0.2, gaps
    assert max(gaps) < 0.65 * (arrivals[-1] - arrivals[0]), gaps


@pytest.mark.parametrize("kind", BLOCKING)
def test_a_chunk_arrives_while_the_app_blocks(function: Function, kind: str) -> None:
    """A chunk before 300 ms of blocking code does not wait for its end."""
    function.start(BLOCKING[kind])

    response = function.call(rest_event())

    first, second, last = (response.arrival(data) for data in (b"one", b"two", b"end"))
    assert last - first > 0.1
    assert second - first < (last - first) / 2
    assert response.payload == b"onetwoend"


# Each chunk has the time at which it was yielded.
STAMPED = {
    "a generator that blocks": """
        import time
        def handler(event, context):
            for _ in range(8):
                yield f"<{time.monotonic()}>"
                yield f"<{time.monotonic()}>"
                time.sleep(0.2)
        """,
    "a generator that computes": """
        import time
        def handler(event, context):
            for _ in range(8):
                yield f"<{time.monotonic()}>"
                yield f"<{time.monotonic()}>"
                until = time.monotonic() + 0.2
                while time.monotonic() < until:
                    pass
        """,
    "a generator that goes on": """
        import time
        def handler(event, context):
            for _ in range(2000):
                yield f"<{time.monotonic()}>"
                until = time.monotonic() + 0.0001
                while time.monotonic() < until:
                    pass
        """,
    "an app that blocks": """
        import time
        async def handler(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(16):
                body = f"<{time.monotonic()}>".encode()
                await send({"type": "http.response.body", "body": body, "more_body": True})
                if _ % 2:
                    time.sleep(0.2)
            await send({"type": "http.response.body", "body": b""})
        """,
}


@pytest.mark.parametrize("kind", STAMPED)
def test_yielded_chunks_do_not_wait_for_blocking_code(function: Function, kind: str) -> None:
    """Most of them arrive within half of the time. The benchmark measures how much sooner."""
    function.start(STAMPED[kind])
    function.call(rest_event())

    response = function.call(rest_event())

    late, stamps, received = [], [], b""
    for at, data in response.chunks:
        received += data
        new = [float(stamp) for stamp in re.findall(rb"<([\d.]+)>", received)]
        stamps += new
        late += [at - stamp for stamp in new]
        received = received[received.rfind(b">") + 1 :]
    assert len(late) in (16, 2000)
    # A busy machine makes the blocks longer, too.
    block = max(0.2, (stamps[-1] - stamps[0]) / 7)
    assert statistics.median(late) < block / 2, sorted(late)[-5:]


@pytest.mark.parametrize(
    ("method", "source"),
    [
        ("GET", "yield HttpResponse(202)"),
        ("GET", 'yield ""'),
        ("HEAD", 'yield "no body"'),
    ],
    ids=["head", "empty chunk", "HEAD"],
)
def test_the_head_is_sent_before_a_slow_body(function: Function, method: str, source: str) -> None:
    """Status and headers arrive while the handler is still working on its first chunk."""
    function.start(
        f"""
        import time
        from streaming_construct.runtime import HttpResponse
        def handler(event, context):
            {source}
            time.sleep(0.3)
            yield "body"
        """
    )

    response = function.call(rest_event(method))

    assert response.payload == (b"" if method == "HEAD" else b"body")
    assert response.finished - response.arrival(DELIMITER) > 0.1


@pytest.mark.parametrize(
    "source",
    [
        'def handler(event, context):\n    return {"statusCode": 200, "body": "x"}',
        """
        async def handler(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x"})
        """,
    ],
    ids=["dict", "asgi"],
)
def test_a_complete_response_is_one_write(function: Function, source: str) -> None:
    """Request head, prelude, body and end are read from the socket at once."""
    function.start(source)
    function.call(rest_event())

    response = function.call(rest_event())

    assert response.payload == b"x"
    assert response.reads == [response.started]


def test_immediate_writes_are_coalesced(function: Function) -> None:
    """Twenty thousand small chunks in a row take far fewer reads than chunks."""
    function.start(
        """
        def handler(event, context):
            for i in range(20_000):
                yield b"0123456789"
        """
    )

    response = function.call(rest_event())

    assert len(response.payload) == 200_000
    assert len(response.reads) < 2_000


class RecordingConnection:
    """A connection, and its socket, that takes all it gets."""

    def __init__(self) -> None:
        self.socket = self
        self.sent: list[list[bytes]] = []

    def sendmsg(self, parts: list[bytes], *_: object) -> int:
        self.sent.append(list(parts))
        return sum(map(len, parts))

    def call_soon(self, delay: float, callback: object) -> None:
        """Takes a callback that is never due."""


def test_large_writes_that_follow_at_once_are_one_chunk_without_a_copy() -> None:
    """After the first, which leaves at once, 256 KiB of them are one HTTP chunk."""
    connection: Any = RecordingConnection()
    stream = ResponseStream(connection, b"", b"", Watchdog(60, 60), 60, at_tick=False)
    writes = [bytes([number]) * 65_536 for number in range(6)]

    for data in writes:
        stream.write(data)
    stream.end()

    assert connection.sent == [
        [b"10000\r\n", writes[0], b"\r\n"],
        [b"40000\r\n", *writes[1:5], b"\r\n"],
        [b"10000\r\n", writes[5], b"\r\n0\r\n\r\n"],
    ]
    assert all(
        part is data for part, data in zip(connection.sent[1][1:5], writes[1:5], strict=True)
    )


def test_a_longer_interval_coalesces_more_chunks(function: Function) -> None:
    """With 100 ms, ten chunks 20 ms apart arrive in a few reads, the first at once."""
    source = """
        import asyncio
        async def handler(event, context):
            for i in range(10):
                yield f"<{i}>"
                await asyncio.sleep(0.02)
        """
    function.start(source, STREAMING_CONSTRUCT_FLUSH_INTERVAL_MS="100")

    response = function.call(rest_event())

    assert response.payload == b"".join(b"<%d>" % i for i in range(10))
    body_times = {round(at, 2) for at, data in response.chunks if b"<" in data}
    assert 2 <= len(body_times) < 10
    assert response.arrival(b"<1>") - response.arrival(b"<0>") > 0.03


@pytest.mark.parametrize(
    "source",
    [
        """
        import tracemalloc
        tracemalloc.start()
        def handler(event, context):
            for i in range(512):
                yield bytes(65536)
            yield f"peak={tracemalloc.get_traced_memory()[1]}"
        """,
        """
        import tracemalloc
        tracemalloc.start()
        async def handler(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for i in range(512):
                await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
            peak = tracemalloc.get_traced_memory()[1]
            await send({"type": "http.response.body", "body": b"peak=%d" % peak})
        """,
    ],
    ids=["generator", "asgi"],
)
def test_a_slow_consumer_slows_the_app_and_memory_stays_bounded(
    function: Function, source: str
) -> None:
    """The function does not collect 32 MiB for a reader that pauses for half a second."""
    function.start(source)
    function.server.body_pause = 0.5

    response = function.call(rest_event())

    peak = int(response.payload.rpartition(b"peak=")[2])
    assert len(response.payload) > 32 * 1024 * 1024
    assert response.finished - response.started > 0.2
    assert peak < 10 * 1024 * 1024


def test_the_loop_continues_while_the_connection_is_full(function: Function) -> None:
    """Other tasks of an ASGI app run while its stream waits for a slow consumer."""
    function.start(
        """
        import asyncio
        ticks = 0
        async def tick():
            global ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1
        async def handler(scope, receive, send):
            task = asyncio.ensure_future(tick())
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for i in range(256):
                await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
            task.cancel()
            await send({"type": "http.response.body", "body": b"ticks=%d" % ticks})
        """
    )
    function.server.body_pause = 0.5

    response = function.call(rest_event())

    assert int(response.payload.rpartition(b"ticks=")[2]) > 10


def test_a_stream_is_chunked_and_in_streaming_mode(function: Function) -> None:
    """The request has the headers that Lambda needs to stream it."""
    function.start('def handler(event, context):\n    yield "x"')

    response = function.call(rest_event())

    expected: dict[str, Any] = {
        "transfer-encoding": ["chunked"],
        "lambda-runtime-function-response-mode": ["streaming"],
        "content-type": ["application/vnd.awslambda.http-integration-response"],
        "trailer": ["Lambda-Runtime-Function-Error-Type", "Lambda-Runtime-Function-Error-Body"],
    }
    assert {name: response.headers[name] for name in expected} == expected
    assert response.path.endswith("/invocation/request-1/response")
    assert _is_clean(response)


def _is_clean(response: Recorded) -> bool:
    return response.is_complete and not response.trailers
