"""AWS's limits over real sockets, with minutes scaled to a fraction of a second."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

import httpx
import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.limits import (
    FUNCTION_STREAM_MAX_BYTES,
    MIB,
    REQUEST_HEADERS_MAX_BYTES,
)
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.gateway.options import GatewayOptions, scale_functions
from streaming_construct.model.api import ApiModel, EndpointType
from streaming_construct.model.functions import Function
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

STREAMED = api_model(route("/{proxy+}", timeout_ms=900_000))
GET = b"GET /prod/x HTTP/1.1\r\nHost: localhost\r\n\r\n"


def exchange(api: ApiModel, steps: list[Step], **options: Any) -> tuple[bytes, list[str], float]:
    """Make one request; return the response, the console output, and the seconds."""

    async def run() -> tuple[bytes, list[str], float]:
        async with gateway(api, {"fn": steps}, options=GatewayOptions(**options)) as served:
            began = time.monotonic()
            done = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            return await raw_exchange(served.port, done), served.console, time.monotonic() - began

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("endpoint_type", "time_scale"),
    [(EndpointType.REGIONAL, 600), (EndpointType.PRIVATE, 600), (EndpointType.EDGE, 60)],
)
def test_the_idle_timeout_of_the_endpoint_ends_a_silent_stream(
    endpoint_type: EndpointType, time_scale: float
) -> None:
    """Five minutes, or thirty seconds at the edge, are half a second of scaled time."""
    api = api_model(route("/{proxy+}", timeout_ms=900_000), endpoint_type=endpoint_type)
    steps: list[Step] = [prelude(), b"partial", 60.0, b"never"]
    received, console, seconds = exchange(api, steps, time_scale=time_scale)

    assert 0.4 < seconds < 30
    assert b"partial" in received
    assert not received.endswith(b"0\r\n\r\n")
    assert "no data for 0.5 s" in console[0]


def test_every_stream_ends_after_fifteen_minutes() -> None:
    """A stream with constant progress ends as well."""
    steps: list[Step] = [prelude()]
    for _ in range(2000):
        steps += [b"x", 0.05]
    received, console, seconds = exchange(STREAMED, steps, time_scale=1800)

    assert 0.4 < seconds < 30
    assert not received.endswith(b"0\r\n\r\n")
    assert "the timeout of 0.5 s is over" in console[0]


def test_the_integration_timeout_is_scaled_too() -> None:
    """The 29 s of a buffered route are a third of a second."""
    api = api_model(route("/{proxy+}", mode=TransferMode.BUFFERED, timeout_ms=None))
    received, _, seconds = exchange(api, [60.0, b"{}"], time_scale=100)

    assert 0.2 < seconds < 30
    assert received.startswith(b"HTTP/1.1 504 ")


def test_function_timeouts_and_their_default_are_scaled() -> None:
    """A timeout of 30 s is 3 s at scale 10. The default is 0.3 s."""
    api = api_model(route("/a"))
    function = api.functions["fn"]
    timed = Function(id="timed", origin=function.origin, timeout_seconds=30)
    api.functions["timed"] = timed  # type: ignore[index]  # a plain dict in this test

    scaled = scale_functions(api, GatewayOptions(time_scale=10)).functions

    assert scaled["timed"].timeout_seconds == 3
    assert scaled["fn"].timeout_seconds == 0.3
    assert scale_functions(api, GatewayOptions()) is api


async def test_a_stream_over_the_limit_of_lambda_is_truncated() -> None:
    """Lambda does not send bytes beyond 200 MB. The test lowers the limit."""
    assert GatewayLimits().stream_bytes == FUNCTION_STREAM_MAX_BYTES

    steps: list[Step] = [prelude(), *([b"x" * 1000] * 20)]
    limits = GatewayLimits(stream_bytes=10_000)
    async with gateway(STREAMED, {"fn": steps}, limits=limits) as served:
        received, console = await raw_exchange(served.port, GET), served.console

    assert 8_000 < len(received) < 12_000
    assert not received.endswith(b"0\r\n\r\n")
    assert "the body has more than 10000 bytes" in console[0]


@pytest.mark.parametrize(
    ("endpoint_type", "size", "status"),
    [
        (EndpointType.REGIONAL, REQUEST_HEADERS_MAX_BYTES - 200, 200),
        (EndpointType.REGIONAL, REQUEST_HEADERS_MAX_BYTES, 431),
        (EndpointType.PRIVATE, REQUEST_HEADERS_MAX_BYTES - 200, 431),
    ],
)
async def test_headers_over_the_limit_are_rejected(
    endpoint_type: EndpointType, size: int, status: int
) -> None:
    """All headers together may have 10,240 bytes, those of a private API 8,000."""
    api = api_model(route("/{proxy+}"), endpoint_type=endpoint_type)

    async with gateway(api, {"fn": [prelude()]}) as served, httpx.AsyncClient() as client:
        result = (await client.get(served.url("/x"), headers={"Cookie": "c" * size})).status_code

    assert result == status


async def test_an_event_over_lambdas_limit_is_a_413() -> None:
    """A body within API Gateway's 10 MB can exceed Lambda's 6 MB."""

    functions = InMemoryFunctions({"fn": [prelude()]})
    async with gateway(STREAMED, functions) as served, httpx.AsyncClient() as client:
        response = await client.post(served.url("/x"), content=b"x" * 7 * MIB)

    assert (response.status_code, response.json()) == (413, {"message": "Request Too Long"})
    assert functions.events == []


async def test_without_limits_no_size_and_no_time_fails() -> None:
    """Sizes and times pass that would fail otherwise."""
    api = api_model(route("/{proxy+}", timeout_ms=100))
    functions = InMemoryFunctions({"fn": [0.3, prelude(), b"late"]})

    options = GatewayOptions(limits=False)
    async with (
        gateway(api, functions, options=options) as served,
        httpx.AsyncClient(timeout=30) as client,
    ):
        headers = {"Cookie": "c" * 20_000}
        response = await client.post(served.url("/x"), content=b"x" * 11 * MIB, headers=headers)

    assert (response.status_code, response.content) == (200, b"late")
    assert len(functions.events[0]["body"]) == 11 * MIB


@pytest.mark.parametrize(
    ("chunk", "complete", "cause"),
    [
        (b"12345", True, None),
        (b"123", False, "the body ended 2 bytes before its Content-Length"),
        (b"1234567", False, "the body is longer than its Content-Length"),
    ],
)
def test_a_streamed_content_length_is_enforced(
    chunk: bytes, complete: bool, cause: str | None
) -> None:
    """A stream with a Content-Length is not chunked. It is truncated if its length differs."""
    steps: list[Step] = [prelude(headers={"Content-Length": "5"}), chunk]
    received, console, _ = exchange(STREAMED, steps)
    head, _, body = received.partition(b"\r\n\r\n")

    assert b"Content-Length: 5" in head
    assert b"Transfer-Encoding" not in head
    assert (len(body) == 5) is complete
    assert (cause is None) or cause in console[0]


async def test_small_writes_are_coalesced_with_the_option() -> None:
    """Ten writes of one byte arrive as two chunks of five."""

    async def run() -> list[tuple[float, bytes]]:
        steps: list[Step] = [prelude()]
        for _ in range(12):
            steps += [b"x", 0.05]
        options = GatewayOptions(coalesce_bytes=5)
        async with (
            gateway(STREAMED, {"fn": steps}, options=options) as served,
            httpx.AsyncClient() as client,
            client.stream("GET", served.url("/x")) as response,
        ):
            return [(time.monotonic(), data) async for data in response.aiter_raw()]

    arrivals = await run()
    gaps = [later[0] - earlier[0] for earlier, later in itertools.pairwise(arrivals)]

    assert [len(data) for _, data in arrivals] == [5, 5, 2]
    assert min(gaps) > 0.05


async def test_the_bandwidth_limit_applies_beyond_the_free_megabytes() -> None:
    """Of 8 MB, 6 arrive at once and 2 take a second, which is half a second at scale 2."""

    steps: list[Step] = [prelude(), *([b"x" * 65536] * 128)]
    options = GatewayOptions(bandwidth=True, time_scale=2)
    size, free = 0, 0.0
    async with (
        gateway(STREAMED, {"fn": steps}, options=options) as served,
        httpx.AsyncClient(timeout=30) as client,
        client.stream("GET", served.url("/x")) as response,
    ):
        async for data in response.aiter_raw():
            size += len(data)
            if size >= 6 * MIB and not free:
                free = time.monotonic()
    assert size == 8 * MIB
    result = time.monotonic() - free

    assert 0.35 < result < 5


async def test_a_base_path_replaces_the_stage() -> None:
    """The path of the function begins with the base path. No route is below the stage."""
    functions = InMemoryFunctions({"fn": [prelude()]})

    options = GatewayOptions(base_path="v1")
    async with (
        gateway(api_model(route("/items/{id}")), functions, options=options) as served,
        httpx.AsyncClient() as client,
    ):
        root = f"http://127.0.0.1:{served.port}"
        inside = await client.get(f"{root}/v1/items/7")
        outside = await client.get(f"{root}/prod/items/7")
    event = functions.events[0]

    assert (inside.status_code, outside.status_code) == (200, 403)
    assert event["path"] == "/v1/items/7"
    assert event["resource"] == "/items/{id}"
    assert event["requestContext"]["path"] == "/v1/items/7"
    assert event["requestContext"]["stage"] == "prod"
