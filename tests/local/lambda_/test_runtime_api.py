"""The Runtime API and the Extensions API over sockets, as runtimes use them."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import socket
import statistics
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from streaming_construct.local.http.client import HttpClient
from streaming_construct.local.lambda_.invocation import FunctionError, Invocation
from streaming_construct.local.lambda_.loaded_function import LoadedFunction
from streaming_construct.local.lambda_.runtime_api import RuntimeApi, serve_runtime_api
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

STREAMING = [("Lambda-Runtime-Function-Response-Mode", "streaming")]
RUNTIME = "/2018-06-01/runtime"
EXTENSION = "/2020-01-01/extension"
ERROR = base64.b64encode(b'{"errorMessage": "out of luck", "errorType": "Bad"}').decode()
TRAILERS = (
    "Lambda-Runtime-Function-Error-Type: Bad\r\n"
    f"Lambda-Runtime-Function-Error-Body: {ERROR}\r\n\r\n"
)


class FakeRuntime:
    """A runtime whose calls the test makes."""

    def __init__(self, address: str) -> None:
        self.host, port = address.split(":")
        self.port = int(port)
        self.client = HttpClient(self.host, self.port)

    async def call(
        self, method: str, target: str, headers: Any = (), body: Any = b""
    ) -> tuple[int, dict[str, str], Any]:
        async with self.client.request(method, target, headers, body) as response:
            data = b"".join([chunk async for chunk in response.body])
            return response.status, dict(response.headers), json.loads(data)

    async def next_id(self) -> str:
        _, headers, _ = await self.call("GET", f"{RUNTIME}/invocation/next")
        return headers["Lambda-Runtime-Aws-Request-Id"]

    async def respond_raw(self, request_id: str, *chunks: str, then: str = "") -> None:
        """Stream the bytes of a response, and close the connection."""
        _, writer = await asyncio.open_connection(self.host, self.port)
        head = (
            f"POST {RUNTIME}/invocation/{request_id}/response HTTP/1.1\r\n"
            f"Host: {self.host}:{self.port}\r\n"
            "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        writer.write(head.encode())
        for chunk in chunks:
            writer.write(f"{len(chunk):x}\r\n{chunk}\r\n".encode())
            await asyncio.sleep(0.02)
        writer.write(then.encode())
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.close()


@asynccontextmanager
async def served(tmp_path: Path, *extensions: str) -> AsyncIterator[tuple[RuntimeApi, FakeRuntime]]:
    function = Function(id="fn", origin=SourceLocation(), handler="index.handler")
    loaded_function = LoadedFunction(
        function=function, code=tmp_path, layers=(), requirements=(), python=tmp_path
    )
    async with serve_runtime_api(loaded_function, extensions=frozenset(extensions)) as api:
        runtime = FakeRuntime(api.variables["AWS_LAMBDA_RUNTIME_API"])
        try:
            yield api, runtime
        finally:
            runtime.client.close()


async def run_to_end(api: RuntimeApi, invocation: Invocation) -> None:
    """Run an invocation as its execution environment does, without a process that may end."""
    try:
        await api.run(invocation)
    except FunctionError as error:
        invocation.fail(error)


async def outcome(invocation: Invocation) -> tuple[bytes, str | None]:
    """Return the received data, and the type of the error at its end."""
    arrived = b""
    try:
        await asyncio.wait_for(invocation.wait_for_head(), 5)
        async for data in invocation:
            arrived += data
    except FunctionError as error:
        return arrived, error.error_type
    return arrived, None


async def test_an_event_and_its_response_are_passed_on(tmp_path: Path) -> None:
    """A buffered response: 200 with the event, 202 for the response, then the next event."""

    async with served(tmp_path) as (api, runtime):
        invocation = Invocation(b'{"a": 1}')
        running = asyncio.create_task(api.run(invocation))
        status, headers, event = await runtime.call("GET", f"{RUNTIME}/invocation/next")
        assert (status, event) == (200, {"a": 1})
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        response = await runtime.call(
            "POST", f"{RUNTIME}/invocation/{request_id}/response", body=b'"done"'
        )
        assert response[::2] == (202, {"status": "OK"})
        running_still = not running.done()
        polling = asyncio.create_task(runtime.next_id())
        await asyncio.wait_for(running, 5)
        polling.cancel()
        result = await outcome(invocation), response[0], running_still

    assert result == ((b'"done"', None), 202, True)


@pytest.mark.parametrize(
    ("chunks", "then", "expected"),
    [
        (("half", "more"), "0\r\n\r\n", (b"halfmore", None)),
        (("half",), f"0\r\n{TRAILERS}", (b"half", "Bad")),
        ((), f"0\r\n{TRAILERS}", (b"", "Bad")),
        ((), "0\r\n\r\n", (b"", None)),
        (("half",), "", (b"half", "Runtime.TruncatedResponse")),
        ((), "", (b"", "Runtime.TruncatedResponse")),
        (("half",), "zz\r\n", (b"half", "Runtime.TruncatedResponse")),
    ],
)
async def test_a_streamed_response_ends_as_the_runtime_ends_it(
    tmp_path: Path, chunks: tuple[str, ...], then: str, expected: tuple[bytes, str | None]
) -> None:
    """It is complete, has error trailers with or without a body, or its connection breaks."""

    async with served(tmp_path) as (api, runtime):
        invocation = Invocation(b"{}")
        running = asyncio.create_task(run_to_end(api, invocation))
        await runtime.respond_raw(await runtime.next_id(), *chunks, then=then)
        result = await outcome(invocation)
        running.cancel()

    assert result == expected


async def test_chunks_are_passed_on_when_they_arrive(tmp_path: Path) -> None:
    """The caller has each chunk long before the response is complete."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"x"
            await asyncio.sleep(0.05)

    async with served(tmp_path) as (api, runtime):
        invocation = Invocation(b"{}")
        running = asyncio.create_task(api.run(invocation))
        target = f"{RUNTIME}/invocation/{await runtime.next_id()}/response"
        posting = asyncio.create_task(runtime.call("POST", target, STREAMING, chunks()))
        await invocation.wait_for_head()
        times = [time.monotonic() async for _ in invocation]
        assert (await posting)[0] == 202
        running.cancel()

    assert len(times) == 4
    assert all(later - sooner > 0.025 for sooner, later in itertools.pairwise(times))


async def test_a_reported_error_ends_the_invocation(tmp_path: Path) -> None:
    """`/error` has type and message. The environment serves the next invocation."""

    async with served(tmp_path) as (api, runtime):
        invocation = Invocation(b"{}")
        running = asyncio.create_task(api.run(invocation))
        target = f"{RUNTIME}/invocation/{await runtime.next_id()}/error"
        body = b'{"errorType": "KeyError", "errorMessage": "what key"}'
        assert (await runtime.call("POST", target, body=body))[0] == 202
        polling = asyncio.create_task(runtime.next_id())
        await asyncio.wait_for(running, 5)
        polling.cancel()
        failure = invocation.failure

    assert failure is not None
    assert (failure.error_type, failure.message) == ("KeyError", "what key")


async def test_calls_out_of_order_are_rejected_as_by_lambda(tmp_path: Path) -> None:
    """The codes are those of AWS's emulator."""

    async with served(tmp_path) as (api, runtime):
        running = asyncio.create_task(api.run(Invocation(b"{}")))
        request_id = await runtime.next_id()
        response_path = f"{RUNTIME}/invocation/{request_id}/response"
        wrong_mode = [("Lambda-Runtime-Function-Response-Mode", "STREAMING")]
        rejected = [
            await runtime.call("POST", f"{RUNTIME}/invocation/unknown/response"),
            await runtime.call("POST", response_path, wrong_mode),
            await runtime.call("GET", f"{RUNTIME}/invocation/next"),
        ]
        await runtime.call("POST", response_path)
        rejected.append(await runtime.call("POST", response_path))
        running.cancel()
        result = [(status, body["errorType"]) for status, _, body in rejected]

    assert result == [
        (400, "InvalidRequestID"),
        (400, "InvalidFunctionResponseMode"),
        (403, "InvalidStateTransition"),
        (403, "InvalidStateTransition"),
    ]


async def test_an_initialization_error_is_raised_by_ready(tmp_path: Path) -> None:
    """`/init/error` ends the wait of `wait_until_ready`."""

    async def scenario() -> None:
        async with served(tmp_path) as (api, runtime):
            waiting = asyncio.create_task(api.wait_until_ready())
            body = b'{"errorType": "Runtime.ImportModuleError", "errorMessage": "no such"}'
            await runtime.call("POST", f"{RUNTIME}/init/error", body=body)
            await asyncio.wait_for(waiting, 5)

    with pytest.raises(FunctionError, match="no such"):
        await scenario()


async def test_a_runtime_that_left_receives_no_event(tmp_path: Path) -> None:
    """The event goes to the poll of a runtime that is still connected."""

    async with served(tmp_path) as (api, runtime):
        leaving = asyncio.create_task(runtime.next_id())
        await asyncio.sleep(0.02)
        leaving.cancel()
        await asyncio.sleep(0.02)
        invocation = Invocation(b"{}")
        running = asyncio.create_task(api.run(invocation))
        received = await asyncio.wait_for(runtime.next_id(), 5)
        assert received == invocation.request_id
        running.cancel()

    assert received


async def test_extensions_register_and_receive_invocations(tmp_path: Path) -> None:
    """The registration returns an identifier, with which the extension fetches its events."""

    async with served(tmp_path, "outside") as (api, runtime):

        async def register(name: str, events: str) -> tuple[int, dict[str, str], Any]:
            headers = [("Lambda-Extension-Name", name)] if name else []
            body = f'{{"events": {events}}}'.encode()
            return await runtime.call("POST", f"{EXTENSION}/register", headers, body)

        status, headers, about = await register("outside", '["INVOKE", "SHUTDOWN"]')
        assert (status, about["functionName"]) == (200, "fn")
        me = [("Lambda-Extension-Identifier", headers["Lambda-Extension-Identifier"])]
        listening = asyncio.create_task(runtime.call("GET", f"{EXTENSION}/event/next", me))
        running = asyncio.create_task(api.run(Invocation(b"{}")))
        _, _, event = await asyncio.wait_for(listening, 5)
        running.cancel()
        stranger = [("Lambda-Extension-Identifier", "00000000-0000-4000-8000-000000000000")]
        errors = [
            await register("outside", "[]"),
            await register("inside", '["SHUTDOWN"]'),
            await register("", "[]"),
            await runtime.call("GET", f"{EXTENSION}/event/next"),
            await runtime.call("GET", f"{EXTENSION}/event/next", stranger),
        ]
        rejected = [(status, body["errorType"]) for status, _, body in errors]

    assert event["eventType"] == "INVOKE"
    assert rejected == [
        (403, "Extension.InvalidExtensionState"),
        (403, "Extension.InvalidEventType"),
        (403, "Extension.InvalidExtensionName"),
        (403, "Extension.MissingExtensionIdentifier"),
        (403, "Extension.UnknownExtensionIdentifier"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_QUICKACK is Linux's")
async def test_a_runtime_without_nodelay_is_not_delayed(tmp_path: Path) -> None:
    """Several small writes arrive at once: none waits 40 ms for a delayed acknowledgment."""

    def converse(address: str, nodelay: int) -> float:
        host, port = address.split(":")
        with socket.create_connection((host, int(port))) as runtime:
            runtime.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, nodelay)
            seconds = []
            for _ in range(15):
                started = time.monotonic()
                runtime.sendall(b"POST /nowhere HTTP/1.1\r\nHost: a\r\n")
                time.sleep(0.001)
                runtime.sendall(b"Content-Length: 1\r\n")
                runtime.sendall(b"\r\nx")
                runtime.recv(65536)
                seconds.append(time.monotonic() - started)
            return statistics.median(seconds)

    async def scenario() -> list[float]:
        async with served(tmp_path) as (api, _):
            address = api.variables["AWS_LAMBDA_RUNTIME_API"]
            return [await asyncio.to_thread(converse, address, nodelay) for nodelay in (0, 1)]

    without, with_nodelay = await scenario()

    # However busy the machine is, both wait for it; only the delay is 40 ms more.
    assert without < 4 * with_nodelay + 0.02


async def test_a_late_response_is_rejected(tmp_path: Path) -> None:
    """An echoed invocation id must be that of the invocation, otherwise it is a 410."""

    async with served(tmp_path) as (api, runtime):
        responses = []
        for echo in ("another", "own", None):
            invocation = Invocation(b"{}")
            running = asyncio.create_task(api.run(invocation))
            _, headers, _ = await runtime.call("GET", f"{RUNTIME}/invocation/next")
            invocation_id = headers["Lambda-Runtime-Invocation-Id"]
            id_headers = [
                ("Lambda-Runtime-Invocation-Id", invocation_id if echo == "own" else echo)
            ]
            target = f"{RUNTIME}/invocation/{invocation.request_id}"
            for kind in ("error", "response") if echo == "another" else ("response",):
                status, _, body = await runtime.call(
                    "POST", f"{target}/{kind}", id_headers if echo else ()
                )
                responses.append((status, body.get("errorType")))
            await runtime.call("POST", f"{target}/response")
            running.cancel()

    assert responses == [
        (410, "ErrorRuntimeInvokeTimeout"),
        (410, "ErrorRuntimeInvokeTimeout"),
        (202, None),
        (202, None),
    ]


async def test_extensions_receive_the_shutdown_that_they_registered_for(tmp_path: Path) -> None:
    """SHUTDOWN has its reason and deadline, and goes to no other extension."""

    async with served(tmp_path, "outside") as (api, runtime):
        unregistered = api.shut_down("spindown")
        headers = [("Lambda-Extension-Name", "outside")]
        body = b'{"events": ["SHUTDOWN"]}'
        _, registration, _ = await runtime.call("POST", f"{EXTENSION}/register", headers, body)
        me = [("Lambda-Extension-Identifier", registration["Lambda-Extension-Identifier"])]
        ready = asyncio.create_task(api.wait_until_ready())
        polling = asyncio.create_task(runtime.next_id())
        await asyncio.sleep(0.1)
        assert not ready.done()  # the extension has not asked for its first event
        listening = asyncio.create_task(runtime.call("GET", f"{EXTENSION}/event/next", me))
        await asyncio.wait_for(ready, 20)
        polling.cancel()
        before = time.time() * 1000
        registered = api.shut_down("timeout")
        after = time.time() * 1000
        (_, _, event) = await asyncio.wait_for(listening, 20)
        assert before + 1900 < event["deadlineMs"] < after + 2100

    assert (unregistered, registered) == (False, True)
    assert (event["eventType"], event["shutdownReason"]) == ("SHUTDOWN", "timeout")
