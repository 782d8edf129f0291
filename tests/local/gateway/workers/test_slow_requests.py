"""A request with slow work does not delay the streams of others.

Each slow input takes a second or more where nothing bounds it. A busy machine delays ticks, too, so
the gaps between ticks are compared with those beside cheap requests of the same kinds, and a delay
counts only if it comes back each time.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.workers.worker_pool import WorkerPool
from streaming_construct.local.lambda_.invocation import Event
from streaming_construct.model.authorization import (
    Authorizer,
    AuthorizerType,
    MethodAuthorization,
    RequestValidation,
)
from streaming_construct.model.integrations import Integration, TemplatedResponse
from streaming_construct.model.source_location import SourceLocation
from tests.support.in_memory_functions import (
    InMemoryFunctions,
    InMemoryStream,
    Step,
    api_model,
    gateway,
    prelude,
    raw_exchange,
    route,
)

TICK_SECONDS = 0.02
MARGIN_SECONDS = 0.05
ATTEMPTS = 6
MODEL = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "name": {"pattern": "^(a+)+$"}},
    },
}
POLICY = {
    "principalId": "me",
    "policyDocument": {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"},
            {
                "Effect": "Deny",
                "Action": "execute-api:Invoke",
                "Resource": ["arn:*/*/*/*/tenants/*/items/*/secret", "arn:aws:*:*:*:*/*/*/admin/*"],
            },
        ],
    },
}
LOOP = "#foreach($i in [1..3000])#foreach($j in [1..3000])$i#end#end"


def authorizer(name: str, **changes: Any) -> MethodAuthorization:
    function = Authorizer(
        type=AuthorizerType.TOKEN,
        name=name,
        origin=SourceLocation(),
        function=name,
        identity_sources=("method.request.header.Authorization",),
        **changes,
    )
    return MethodAuthorization(authorizer=function)


def mock(template: str) -> Integration:
    return Integration(
        type="mock",
        request_templates={"application/json": '{"statusCode": 200}'},
        responses={"default": TemplatedResponse(status=200, templates={"text/plain": template})},
    )


API = api_model(
    route("/tick", function="tick", timeout_ms=120_000),
    replace(
        route("/validated"),
        validation=RequestValidation(
            name="v", has_body_validation=True, models={"application/json": MODEL}
        ),
    ),
    replace(route("/policy/{p+}"), access=authorizer("policy")),
    replace(route("/token"), access=authorizer("token", validation_expression="^(a+)+$")),
    replace(route("/output"), access=authorizer("output")),
    route("/buffered", function="buffered", mode=TransferMode.BUFFERED),
    route("/body"),
    replace(route("/loop"), integration=mock(LOOP)),
    replace(route("/mock"), integration=mock("x")),
)


class Functions(InMemoryFunctions):
    """Functions that do not read their events, which would take time of the event loop."""

    async def invoke(
        self,
        function_id: str,
        event: Event,  # noqa: ARG002 - the gateway's signature
        **_: object,
    ) -> InMemoryStream:
        return InMemoryStream(self.steps[function_id])


LARGE = json.dumps([{"id": number, "name": "a" * 20} for number in range(12_000)])
TICKS: list[Step] = [b"tick", TICK_SECONDS] * 4000
FUNCTIONS = Functions(
    {
        "tick": [prelude(), *TICKS],
        "fn": [prelude(), b"ok"],
        "policy": [json.dumps(POLICY).encode()],
        "token": [json.dumps(POLICY).encode()],
        "output": [json.dumps({**POLICY, "context": {"x": LARGE}}).encode()],
        "buffered": [json.dumps({"statusCode": 200, "body": LARGE}).encode()],
    }
)


def request(path: str, body: str = "", **headers: str) -> bytes:
    """Return a request whose response ends the connection."""
    lines = [f"POST /prod{path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


SLOW: Mapping[str, bytes] = {
    "a large body, validated": request("/validated", LARGE),
    "many faults in a body": request("/validated", json.dumps([[]] * 50_000)),
    "a deep body": request("/validated", "[" * 300_000),
    "a pattern that backtracks": request("/validated", json.dumps([{"name": "a" * 40 + "!"}])),
    "a policy with asterisks": request("/policy/" + "tenants/items/" * 2000, Authorization="t"),
    "a policy and slashes": request("/policy/a" + "/" * 30_000, Authorization="t"),
    "a token expression": request("/token", Authorization="a" * 40 + "!"),
    "a large authorizer output": request("/output", Authorization="t"),
    "a large response": request("/buffered"),
    "a large event": request("/body", LARGE),
    "a template with loops": request("/loop"),
}
CHEAP: Mapping[str, bytes] = {
    "a body": request("/validated", '[{"id": 1, "name": "a"}]'),
    "a policy": request("/policy/a", Authorization="t"),
    "a token": request("/token", Authorization="aa"),
    "an event": request("/body", "{}"),
    "a template": request("/mock"),
}


@pytest.fixture(autouse=True)
def _short_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit the work of a worker to 0.3 s of CPU time."""
    defaults = WorkerPool.__init__.__kwdefaults__
    assert defaults
    monkeypatch.setitem(defaults, "cpu_seconds", 0.3)


async def longest_gap(port: int, requests: Sequence[bytes]) -> float:
    """Return the longest gap between ticks while requests are served."""
    times: list[float] = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def count() -> None:
        writer.write(b"GET /prod/tick HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while await reader.read(1000):
            times.append(time.monotonic())

    ticks = asyncio.create_task(count())
    try:
        await asyncio.sleep(10 * TICK_SECONDS)
        responses = await asyncio.gather(*(raw_exchange(port, request) for request in requests))
        await asyncio.sleep(10 * TICK_SECONDS)
        assert not ticks.done()
    finally:
        ticks.cancel()
        writer.close()
    assert all(response.startswith(b"HTTP/1.1 ") for response in responses)
    return max(later - earlier for earlier, later in itertools.pairwise(times))


async def delay(port: int, slow: Sequence[bytes], attempts: int = ATTEMPTS) -> float:
    """Return the least delay of a tick that slow requests cause and cheap ones do not."""
    delays = []
    for _ in range(attempts):
        usual = await longest_gap(port, list(CHEAP.values()))
        delays.append(await longest_gap(port, slow) - usual)
        if delays[-1] <= MARGIN_SECONDS:
            break
    return min(delays)


@pytest.mark.anyio
async def test_slow_requests_do_not_delay_ticks() -> None:
    """All requests run at once. If they delay ticks, the test runs each one separately."""

    async def scenario() -> dict[str, float]:
        async with gateway(API, FUNCTIONS) as served:
            if await delay(served.port, list(SLOW.values())) <= MARGIN_SECONDS:
                return {}
            return {name: await delay(served.port, [request]) for name, request in SLOW.items()}

    delays = await scenario()
    assert not {name: seconds for name, seconds in delays.items() if seconds > MARGIN_SECONDS}


@pytest.mark.anyio
async def test_the_measurement_finds_work_on_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The test above can fail."""

    async def run_here(_: WorkerPool, function: Any, *arguments: Any) -> Any:
        return function(*arguments)

    monkeypatch.setattr(WorkerPool, "run", run_here)

    async with gateway(API, FUNCTIONS) as served:
        result = await delay(served.port, [SLOW["a large body, validated"]], attempts=2)

    assert result > MARGIN_SECONDS
