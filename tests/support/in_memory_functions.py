"""Functions without processes: a test lists the steps of each response."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.gateway import serve_api
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.http.byte_stream import ByteSink
from streaming_construct.local.lambda_.invocation import CallerContext, Event
from streaming_construct.model.api import ApiModel, Route, Stage
from streaming_construct.model.functions import Function
from streaming_construct.model.integrations import Integration
from streaming_construct.model.source_location import SourceLocation

# A step of a response: a chunk, a pause in seconds, or the failure that ends it.
Step = bytes | float | Exception


def prelude(**members: Any) -> bytes:
    """Return a prelude with its delimiter."""
    return json.dumps(members).encode() + b"\0" * 8


@dataclass
class InMemoryStream:
    """A response whose steps are played one by one."""

    steps: Sequence[Step]
    request_id: str = "invocation-1"
    closed: bool = False
    steps_played: int = 0

    def __post_init__(self) -> None:
        self._chunks = self.play()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def play(self) -> AsyncIterator[bytes]:
        for step in self.steps:
            self.steps_played += 1
            if isinstance(step, float):
                await asyncio.sleep(step)
            elif isinstance(step, Exception):
                raise step
            else:
                yield step

    def take_prelude(self) -> None:
        """The prelude is in the chunks."""

    async def pipe_to(self, sink: ByteSink) -> None:
        async for data in self:
            sink.feed(data)
            await sink.wait_writable()

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class InMemoryFunctions:
    """Functions by id, each with the steps of its response, and the events that they received."""

    steps: Mapping[str, Sequence[Step]]
    missing: Mapping[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    streams: list[InMemoryStream] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    tenants: list[str] = field(default_factory=list)
    qualifiers: list[str | None] = field(default_factory=list)

    def list_unavailable(self) -> Mapping[str, str]:
        return self.missing

    async def invoke(
        self,
        function_id: str,
        event: Event,
        *,
        trace_id: str,
        caller: CallerContext | None = None,
        qualifier: str | None = None,
    ) -> InMemoryStream:
        self.events.append(json.loads(event if isinstance(event, bytes) else json.dumps(event)))
        self.traces.append(trace_id)
        self.tenants.append(caller.tenant_id if caller else "")
        self.qualifiers.append(qualifier)
        steps = list(self.steps[function_id])
        while steps and isinstance(steps[0], float | Exception):
            step = steps.pop(0)
            if isinstance(step, Exception):
                raise step
            if isinstance(step, float):
                await asyncio.sleep(step)
        stream = InMemoryStream(steps)
        self.streams.append(stream)
        return stream


def route(
    path: str,
    method: str = "ANY",
    *,
    function: str = "fn",
    mode: TransferMode = TransferMode.STREAM,
    timeout_ms: int | None = 5000,
    **members: Any,
) -> Route:
    """Return a route to a function."""
    return Route(
        method=method,
        path=path,
        origin=SourceLocation(logical_id="Api"),
        integration=Integration(
            transfer_mode=mode, function=function, timeout_ms=timeout_ms, **members
        ),
    )


def api_model(*routes: Route, **members: Any) -> ApiModel:
    """Return an API with a stage called prod."""
    names = {route.integration.function or "" for route in routes}
    members.setdefault("stage", Stage(name="prod"))
    return ApiModel(
        id="abc123",
        name="Test",
        origin=SourceLocation(logical_id="Api"),
        routes=routes,
        functions={
            name: Function(id=name, origin=SourceLocation(logical_id=name)) for name in names
        },
        **members,
    )


@dataclass
class Gateway:
    """A running gateway: its port, and its output."""

    port: int
    console: list[str]
    functions: InMemoryFunctions

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/prod{path}"


@asynccontextmanager
async def gateway(
    api: ApiModel,
    functions: InMemoryFunctions | Mapping[str, Sequence[Step]],
    *,
    options: GatewayOptions | None = None,
    limits: GatewayLimits | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[Gateway]:
    """Serve an API on a free port."""
    console: list[str] = []
    if not isinstance(functions, InMemoryFunctions):
        functions = InMemoryFunctions(functions)
    options = options or GatewayOptions(access_log=True)
    async with serve_api(
        api, functions, console=console.append, options=options, limits=limits, host=host
    ) as server:
        yield Gateway(server.port, console, functions)


async def raw_exchange(
    port: int, request: bytes, *, until: Callable[[bytes], bool] = bool
) -> bytes:
    """Send bytes and read until the server closes, or until `until` accepts the received bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        received = b""
        while data := await asyncio.wait_for(reader.read(65536), 10):
            received += data
            if until is not bool and until(received):
                break
        return received
    finally:
        writer.close()
