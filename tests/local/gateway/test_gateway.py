"""The gateway over real sockets, with functions in memory."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import struct
import time
from typing import Any

import httpx
import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import FUNCTION_PAYLOAD_MAX_BYTES, REQUEST_MAX_BYTES
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.lambda_.invocation import (
    FunctionError,
    FunctionNotRunnableError,
    FunctionThrottledError,
)
from streaming_construct.model.api import ApiModel, Route, Stage
from streaming_construct.model.integrations import Integration, TemplatedResponse
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.usage_plans import Throttle
from tests.support.in_memory_functions import (
    InMemoryFunctions,
    Step,
    api_model,
    gateway,
    prelude,
    raw_exchange,
    route,
)

pytestmark = pytest.mark.anyio

BUFFERED = TransferMode.BUFFERED
STREAMED = api_model(route("/{proxy+}"))
FAILED = FunctionError("Boom", "it went wrong")


def fetch(
    api: ApiModel,
    steps: list[Step] | InMemoryFunctions,
    path: str = "/x",
    *,
    method: str = "GET",
    **options: Any,
) -> tuple[httpx.Response, list[str]]:
    """Make one request to a new gateway; return the response and the console output."""

    async def run() -> tuple[httpx.Response, list[str]]:
        functions = steps if isinstance(steps, InMemoryFunctions) else {"fn": steps}
        async with gateway(api, functions) as served, httpx.AsyncClient(timeout=10) as client:
            return await client.request(method, served.url(path), **options), served.console

    return asyncio.run(run())


async def test_chunks_arrive_when_they_are_written() -> None:
    """Each chunk reaches the client about when the function writes it, not at the end."""
    steps: list[Step] = [prelude(headers={"content-type": "text/plain"})]
    for number in range(5):
        steps += [f"chunk {number}".encode(), 0.1]

    arrivals: list[float] = []
    async with (
        gateway(STREAMED, {"fn": steps}) as served,
        httpx.AsyncClient() as client,
        client.stream("GET", served.url("/x")) as response,
    ):
        async for _ in response.aiter_raw():
            arrivals.append(time.monotonic())  # noqa: PERF401 - the moment is what counts
    gaps = [later - earlier for earlier, later in itertools.pairwise(arrivals)]

    assert len(arrivals) == 5
    assert min(gaps) > 0.05


async def test_the_head_is_sent_before_the_first_byte_of_the_body() -> None:
    """A client receives status and headers as soon as the prelude is complete."""

    steps: list[Step] = [prelude(statusCode=201), 0.3, b"late"]
    async with gateway(STREAMED, {"fn": steps}) as served, httpx.AsyncClient() as client:
        start = time.monotonic()
        async with client.stream("GET", served.url("/x")) as response:
            head = time.monotonic() - start
            assert response.status_code == 201
            await response.aread()
        complete = time.monotonic() - start

    assert complete - head > 0.2


def test_a_prelude_in_several_chunks_is_joined() -> None:
    """Status, headers and cookies are the same if every byte is a chunk."""
    prelude_bytes = prelude(
        statusCode=404,
        headers={"X-One": "1"},
        multiValueHeaders={"X-Two": ["a", "b"]},
        cookies=["a=1", "b=2"],
    )
    response, _ = fetch(STREAMED, [bytes([byte]) for byte in prelude_bytes + b"body"])

    assert response.status_code == 404
    assert response.headers["x-one"] == "1"
    assert response.headers.get_list("x-two") == ["a", "b"]
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert response.content == b"body"


def test_the_gateway_decides_the_framing_of_the_body() -> None:
    """Framing and hop-by-hop headers of the prelude are dropped, Server and Date are renamed."""
    headers = {
        "Content-Length": "3",
        "Transfer-Encoding": "chunked",
        "Connection": "close",
        "Keep-Alive": "timeout=5",
        "Server": "uvicorn",
        "Date": "yesterday",
        "X-Kept": "yes",
    }
    response, _ = fetch(STREAMED, [prelude(headers=headers), b"more than three"])

    assert response.content == b"more than three"
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.headers["x-kept"] == "yes"
    assert response.headers["x-amzn-remapped-server"] == "uvicorn"
    assert response.headers["x-amzn-remapped-date"] == "yesterday"
    assert response.headers.get_list("date") != ["yesterday"]
    assert response.headers["x-amzn-remapped-connection"] == "close"
    assert {"content-length", "connection", "keep-alive", "server"}.isdisjoint(response.headers)


@pytest.mark.parametrize("mode", list(TransferMode))
def test_every_response_has_its_ids_and_that_of_an_integration_a_trace_id(
    mode: TransferMode,
) -> None:
    """All have request id, extended id and date. Some return the trace id of the client."""
    api = api_model(route("/known", mode=mode))
    steps: list[Step] = [prelude() if mode is TransferMode.STREAM else b"{}"]
    trace = {"X-Amzn-Trace-Id": "Root=1-5ff8b659-3b7af2a26a7b43197035bd58"}
    routed, _ = fetch(api, steps, "/known", headers=trace)
    unrouted, _ = fetch(api, steps, "/unknown", headers=trace)

    assert routed.headers["x-amzn-trace-id"] == trace["X-Amzn-Trace-Id"]
    assert "x-amzn-trace-id" not in unrouted.headers
    for response in (routed, unrouted):
        assert {"x-amzn-requestid", "x-amz-apigw-id", "date"} <= set(response.headers)


def test_the_address_of_the_client_reaches_the_function() -> None:
    """The event has the address, and appends it to the X-Forwarded-For header."""
    functions = InMemoryFunctions({"fn": [prelude()]})
    fetch(STREAMED, functions, headers={"X-Forwarded-For": "192.0.2.7"})
    event = functions.events[0]

    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert event["headers"]["X-Forwarded-For"] == "192.0.2.7, 127.0.0.1"


@pytest.mark.parametrize(
    ("steps", "status", "cause"),
    [
        ([b'{"statusCode": 200, "body": "hello"}'], 500, "without the delimiter"),
        ([], 500, "sent nothing"),
        ([b"not json" + b"\0" * 8], 500, "not JSON"),
        ([prelude(body="x")], 500, "unknown keys: body"),
        ([prelude(headers={"X-Dup": ["a", "b"]})], 500, "multiValueHeaders"),
        ([b"x" * 20_000], 500, "16384"),
        ([FAILED], 502, "Boom: it went wrong"),
        ([b'{"statusCode"', FAILED], 502, "Boom: it went wrong"),
        ([FunctionNotRunnableError("there is no python3.99")], 501, "python3.99"),
    ],
)
def test_a_streamed_route_rejects_a_response_without_prelude(
    steps: list[Step], status: int, cause: str
) -> None:
    """The gateway returns an error, and prints its cause."""
    response, console = fetch(STREAMED, steps)

    assert response.status_code == status
    assert "message" in response.json()
    assert len([line for line in console if cause in line]) == 1


@pytest.mark.parametrize(
    ("steps", "status", "body", "cause"),
    [
        ([b'{"statusCode": 201, "body": "hello"}'], 201, "hello", None),
        ([b'{"statusCode"', b': 201, "body": "hello"}'], 201, "hello", None),
        ([prelude(statusCode=202) + b"lost"], 202, "", None),
        ([b'"text"'], 502, None, "not a JSON object"),
        ([b'{"errorMessage": "x"}'], 502, None, "unknown keys: errorMessage"),
        ([b'{"body": 1}'], 502, None, "body is not a string"),
        ([FAILED], 502, None, "Boom: it went wrong"),
        ([b"x" * (FUNCTION_PAYLOAD_MAX_BYTES + 1)], 502, None, "more than 6291456 bytes"),
    ],
)
def test_a_buffered_route_responds_as_lambda_proxy_does(
    steps: list[Step], status: int, body: str | None, cause: str | None
) -> None:
    """It decodes a proxy response, drops the body of a streamed one, and returns 502 otherwise."""
    response, console = fetch(api_model(route("/{proxy+}", mode=BUFFERED)), steps)

    assert response.status_code == status
    if body is not None:
        assert response.text == body
        assert response.headers["content-length"] == str(len(body))
    else:
        assert response.json() == {"message": "Internal server error"}
    if cause:
        assert len([line for line in console if cause in line]) == 1


async def test_a_failure_in_mid_stream_truncates_the_response_and_prints_a_line() -> None:
    """The response lacks its terminating chunk. The console has the size so far, and the reason."""
    steps: list[Step] = [prelude(), b"partial", 0.05, FAILED]

    async with gateway(STREAMED, {"fn": steps}) as served:
        request = b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\n\r\n"
        received, console = await raw_exchange(served.port, request), served.console

    assert received.startswith(b"HTTP/1.1 200 ")
    assert b"partial" in received
    assert not received.endswith(b"0\r\n\r\n")
    assert console[0] == (
        "GET /prod/x: cut after 7 bytes of body: the function failed: Boom: it went wrong"
    )


@pytest.mark.parametrize("mode", list(TransferMode))
def test_a_function_slower_than_the_integration_timeout_is_a_504(
    mode: TransferMode,
) -> None:
    """The response has not begun before the timeout."""
    api = api_model(route("/{proxy+}", mode=mode, timeout_ms=100))
    began = time.monotonic()
    response, console = fetch(api, [60.0, prelude()])

    assert time.monotonic() - began < 30
    assert response.status_code == 504
    assert response.json() == {"message": "Endpoint request timed out"}
    assert any("the timeout of 0.1 s is over" in line for line in console)


@pytest.mark.parametrize(
    ("timeout_ms", "idle_seconds", "cause"),
    [(300, 60.0, "the timeout of 0.3 s is over"), (10_000, 0.3, "no data for 0.3 s")],
)
async def test_a_timeout_truncates_a_stream(
    timeout_ms: int, idle_seconds: float, cause: str
) -> None:
    """The integration timeout and the idle timeout truncate the body."""
    api = api_model(route("/{proxy+}", timeout_ms=timeout_ms))
    limits = GatewayLimits(idle_seconds=idle_seconds)

    async def run() -> tuple[bytes, list[str], bool]:
        steps: list[Step] = [prelude(), b"partial", 60.0, b"never"]
        async with gateway(api, {"fn": steps}, limits=limits) as served:
            request = b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\n\r\n"
            received = await raw_exchange(served.port, request)
            return received, served.console, served.functions.streams[0].closed

    began = time.monotonic()
    received, console, closed = await run()

    assert time.monotonic() - began < 30
    assert b"partial" in received
    assert b"never" not in received
    assert not received.endswith(b"0\r\n\r\n")
    assert cause in console[0]
    assert closed


async def test_a_stream_with_progress_exceeds_the_idle_timeout() -> None:
    """The idle timeout counts from the last chunk, not from the first."""
    limits = GatewayLimits(idle_seconds=0.4)
    steps: list[Step] = [prelude()]
    for _ in range(5):
        steps += [0.2, b"x"]

    async with (
        gateway(STREAMED, {"fn": steps}, limits=limits) as served,
        httpx.AsyncClient() as client,
    ):
        result = (await client.get(served.url("/x"))).content

    assert result == b"xxxxx"


async def test_a_stream_ends_after_fifteen_minutes_whatever_its_timeout() -> None:
    """API Gateway's limit applies even if an integration sets more."""
    limits = GatewayLimits(stream_seconds=0.3, idle_seconds=60)

    steps: list[Step] = [prelude(), b"partial", 5.0]
    async with gateway(STREAMED, {"fn": steps}, limits=limits) as served:
        await raw_exchange(served.port, b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        result = served.console

    assert "the timeout of 0.3 s is over" in result[0]


async def test_a_client_that_leaves_releases_the_invocation() -> None:
    """The gateway closes the stream of the function at once."""

    steps: list[Step] = [prelude(), b"first", 60.0, b"never"]
    async with gateway(STREAMED, {"fn": steps}) as served:
        request = b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\n\r\n"
        await raw_exchange(served.port, request, until=lambda data: b"first" in data)
        stream = served.functions.streams[0]
        await _eventually(lambda: stream.closed and len(served.console) == 2)
        closed, console = stream.closed, served.console

    assert closed
    assert "the client disconnected" in console[0]


async def test_a_slow_client_slows_the_function() -> None:
    """The gateway reads no more of the stream while the client does not read."""
    chunk = b"x" * 65536

    steps: list[Step] = [prelude(), *([chunk] * 4000)]
    async with gateway(STREAMED, {"fn": steps}) as served:
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        peer.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(peer, ("127.0.0.1", served.port))
        await loop.sock_sendall(peer, b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.sleep(0.5)
        steps_played = served.functions.streams[0].steps_played
        # The client resets the connection, so that it does not wait for the rest of the response.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()

    assert steps_played < 2000


@pytest.mark.parametrize(
    ("path", "method", "message"),
    [
        ("/unknown", "GET", "Missing Authentication Token"),
        ("/known", "POST", "Missing Authentication Token"),
    ],
)
def test_an_unknown_route_is_a_403(path: str, method: str, message: str) -> None:
    """An unknown path or method has the response of a missing token."""
    response, _ = fetch(api_model(route("/known", "GET")), [prelude()], path, method=method)

    assert response.status_code == 403
    assert response.json() == {"message": message}
    assert response.headers["content-type"] == "application/json"
    assert "x-amzn-requestid" in response.headers


async def test_a_path_outside_the_stage_is_forbidden() -> None:
    """The console prints the URL of the API."""

    async with gateway(STREAMED, {"fn": []}) as served, httpx.AsyncClient() as client:
        response = await client.get(f"http://127.0.0.1:{served.port}/production/x")
        rejected, console = response, served.console

    assert (rejected.status_code, rejected.json()) == (403, {"message": "Forbidden"})
    assert "/prod/" in console[0]


async def test_a_request_over_the_limit_is_a_413_without_invocation() -> None:
    """A body over 10 MB is rejected, with and without a Content-Length."""
    functions = InMemoryFunctions({"fn": [prelude()]})

    async def generate_body() -> Any:
        for _ in range(12):
            yield b"x" * 1024 * 1024

    async with gateway(STREAMED, functions) as served, httpx.AsyncClient() as client:
        url, body = served.url("/x"), b"x" * (REQUEST_MAX_BYTES + 1)
        declared = await client.post(url, content=body)
        chunked = await client.post(url, content=generate_body())

    assert (declared.status_code, chunked.status_code) == (413, 413)
    assert declared.json() == {"message": "Request Too Long"}
    assert functions.events == []


def test_a_route_that_cannot_be_served_is_a_501_with_the_reason() -> None:
    """An unresolved integration does not affect other routes."""
    api = api_model(
        route("/here"),
        route("/there", function="", unresolved={"Uri": "parameter Fn has no default"}),
    )
    there, _ = fetch(api, [prelude()], "/there")
    available, _ = fetch(api, [prelude()], "/here")

    assert there.status_code == 501
    assert "parameter Fn has no default" in there.json()["message"]
    assert available.status_code == 200


def test_a_function_that_cannot_run_locally_is_a_501_with_the_reason() -> None:
    """This machine lacks something that the function needs."""
    functions = InMemoryFunctions({"fn": []}, missing={"fn": "an image needs Docker"})
    response, _ = fetch(STREAMED, functions)

    assert response.status_code == 501
    assert "an image needs Docker" in response.json()["message"]


async def test_a_throttled_function_is_a_500() -> None:
    """API Gateway returns 500 if Lambda rejects an invocation. The console has Lambda's 429."""
    throttled = FunctionThrottledError("Rate Exceeded: 1 environment is busy")
    functions = InMemoryFunctions({"fn": [throttled]})

    api = api_model(route("/x"))
    async with gateway(api, functions) as served, httpx.AsyncClient() as client:
        response, console = await client.get(served.url("/x")), served.console

    assert response.status_code == 500
    assert response.json() == {"message": "Internal server error"}
    assert any("Lambda returned 429: TooManyRequestsException" in line for line in console)


async def test_requests_over_the_throttle_are_a_429() -> None:
    """They invoke no function."""
    api = api_model(
        route("/{proxy+}"), stage=Stage(name="prod", throttle=Throttle(rate=0.01, burst=2))
    )
    functions = InMemoryFunctions({"fn": [prelude()]})

    async with gateway(api, functions) as served, httpx.AsyncClient() as client:
        responses = [await client.get(served.url("/x")) for _ in range(4)]

    assert [response.status_code for response in responses] == [200, 200, 429, 429]
    assert responses[-1].json() == {"message": "Too Many Requests"}
    assert len(functions.events) == 2


def test_errors_of_the_gateway_have_gateway_response_headers() -> None:
    """CORS headers declared for 4xx and 5xx are on the errors that no function made."""
    api = api_model(
        route("/{proxy+}"),
        gateway_responses={
            "DEFAULT_4XX": TemplatedResponse(
                headers={"Access-Control-Allow-Origin": "method.request.header.origin"}
            ),
            "DEFAULT_5XX": TemplatedResponse(
                headers={"Access-Control-Allow-Origin": "'*'"},
                templates={"application/json": '{"error":$context.error.messageString}'},
            ),
        },
    )
    broken, _ = fetch(api, [b"junk"])
    unknown, _ = fetch(api, [], "/", headers={"Origin": "https://app.example"})

    assert broken.status_code == 500
    assert broken.headers["access-control-allow-origin"] == "*"
    assert broken.json() == {"error": "Internal server error"}
    assert unknown.headers["access-control-allow-origin"] == "https://app.example"


def test_a_mock_integration_responds_to_a_preflight() -> None:
    """No function runs for OPTIONS."""
    preflight = Route(
        method="OPTIONS",
        path="/{proxy+}",
        origin=SourceLocation(),
        integration=Integration(
            type="mock",
            request_templates={"application/json": "{ statusCode: 204 }"},
            responses={
                "default": TemplatedResponse(
                    status=204, headers={"Access-Control-Allow-Origin": "'https://app.example'"}
                )
            },
        ),
    )
    response, _ = fetch(api_model(route("/{proxy+}"), preflight), [], method="OPTIONS")

    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "https://app.example"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:1", 200),
        ("127.0.0.1:3000", 200),
        ("[::1]:3000", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("", 403),
    ],
)
def test_a_foreign_host_is_rejected(host: str, status: int) -> None:
    """A page whose name resolves to this machine can read no response."""
    response, _ = fetch(STREAMED, [prelude()], headers={"Host": host})

    assert response.status_code == status


async def test_the_host_of_an_absolute_target_is_checked() -> None:
    """It counts in place of the Host header beside it."""

    async with gateway(STREAMED, {"fn": [prelude()]}) as served:
        foreign, accepted = [
            await raw_exchange(
                served.port,
                f"GET http://{host}/prod/x HTTP/1.1\r\nHost: localhost\r\n"
                "Connection: close\r\n\r\n".encode(),
            )
            for host in ("evil.example", "localhost:8")
        ]

    assert foreign.startswith(b"HTTP/1.1 403 ")
    assert accepted.startswith(b"HTTP/1.1 200 ")


def test_the_path_of_the_event_has_no_stage() -> None:
    """The path in its context has the stage."""
    functions = InMemoryFunctions({"fn": [prelude()]})
    fetch(STREAMED, functions, "/a%20b/c?q=1&q=2", method="POST", content=b"{}")
    event = functions.events[0]

    assert event["path"] == "/a%20b/c"
    assert event["requestContext"]["path"] == "/prod/a%20b/c"
    assert event["pathParameters"] == {"proxy": "a%20b/c"}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"]}
    assert event["body"] == "{}"


def test_every_request_is_logged_in_the_format_of_the_stage() -> None:
    """The access log has the transfer mode and the times of the stream."""
    log_format = json.dumps(
        {
            "status": "$context.status",
            "mode": "$context.integration.responseTransferMode",
            "headers": "$context.integration.timeToAllHeaders",
            "content": "$context.integration.timeToFirstContent",
            "latency": "$context.integration.latency",
            "length": "$context.responseLength",
            "caller": "$context.identity.caller",
        }
    )
    api = api_model(route("/{proxy+}"), stage=Stage(name="prod", access_log_format=log_format))
    _, console = fetch(api, [prelude(), 0.2, b"first", 0.2, b"second"])
    line = json.loads(console[-1])

    assert line["status"] == "200"
    assert line["mode"] == "STREAMED"
    assert line["length"] == "11"
    assert line["caller"] == "-"
    assert int(line["headers"]) + 100 < int(line["content"])
    assert int(line["content"]) + 100 < int(line["latency"])


def test_head_and_bodyless_responses_have_no_body() -> None:
    """A HEAD request through a streaming route ends at its headers."""
    response, console = fetch(STREAMED, [prelude(headers={"X-A": "1"}), b"body"], method="HEAD")

    assert response.status_code == 200
    assert response.headers["x-a"] == "1"
    assert response.content == b""
    assert " 200 0 chunks 0 B " in console[-1]


async def test_a_connection_serves_several_requests() -> None:
    """Keep-alive lasts across streamed responses, rejected requests and errors."""

    async with (
        gateway(api_model(route("/x")), {"fn": [prelude(), b"body"]}) as served,
        httpx.AsyncClient(limits=httpx.Limits(max_connections=1)) as client,
    ):
        paths = ["/x", "/unknown", "/x", "/x"]
        result = [(await client.get(served.url(path))).status_code for path in paths]

    assert result == [200, 403, 200, 200]


async def _eventually(condition: Any) -> None:
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen within 4 s")
