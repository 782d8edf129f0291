"""The lower layers of the local gateway as an intermediary: what does each of them cost?

    python -m benchmarks.gateway_layers http PORT:PID
    python -m benchmarks.gateway_layers functions ASSEMBLY

`http` has the HTTP server and client of the gateway. Like Lambda, it stops the app with the PID
between requests. `functions` adds execution environments and the built-in Web Adapter. The whole
gateway adds the phases of API Gateway. The program prints its URL, and ends with SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Final

import uvloop

from streaming_construct.local.http.client import HttpClient
from streaming_construct.local.http.headers import Headers
from streaming_construct.local.http.request import Request
from streaming_construct.local.http.response_writer import ResponseWriter
from streaming_construct.local.http.server import Handler, serve
from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.service import LambdaService
from streaming_construct.templates.reader.api_reader import get_served_api, read_declaration
from streaming_construct.templates.stacks.loader import load_templates

_HOST: Final = "127.0.0.1"


class _Sink:
    """Passes the chunks of a response on to the client."""

    def __init__(self, writer: ResponseWriter) -> None:
        self.feed = writer.write
        self.feed_now = writer.write_now
        self.flush = writer.flush
        self.wait_writable = writer.drain


def _remove_framing(headers: Headers) -> list[tuple[str, str]]:
    framing = ("connection", "transfer-encoding")
    return [pair for pair in headers if pair[0].lower() not in framing]


def create_http_handler(port: int, pid: int) -> Handler:
    """Pass requests on to the app on a port."""
    client = HttpClient(_HOST, port, idle_seconds=3600)

    async def handle(request: Request, writer: ResponseWriter) -> None:
        asyncio.get_running_loop().call_soon(os.kill, pid, signal.SIGCONT)
        async with client.request(request.method, request.target, request.headers) as response:
            await writer.start(response.status, _remove_framing(response.headers))
            await response.body.pipe_to(_Sink(writer))
            await writer.end()
        os.kill(pid, signal.SIGSTOP)

    return handle


def create_functions_handler(service: LambdaService, function_id: str) -> Handler:
    """Invoke a function with an event that has only what the app needs."""

    async def handle(request: Request, writer: ResponseWriter) -> None:
        event = {
            "httpMethod": request.method,
            "path": request.target,
            "headers": dict(request.headers),
            "requestContext": {},
        }
        invocation = await service.invoke(function_id, event)
        prelude = invocation.take_prelude()
        assert prelude is not None  # the response of an app behind the built-in Web Adapter
        await writer.start(prelude["statusCode"], tuple(prelude["headers"].items()))
        await invocation.pipe_to(_Sink(writer))
        await writer.end()

    return handle


async def _serve(handler: Handler) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with serve(handler) as running:
        print(f"http://{running.host}:{running.port}", flush=True)
        await ended.wait()


async def _serve_functions(assembly: Path) -> None:
    model = get_served_api(read_declaration(load_templates(assembly)))
    service = LambdaService(model.functions, console=print, options=LambdaOptions(quiet=True))
    try:
        await service.prepare()
        await _serve(create_functions_handler(service, next(iter(model.functions))))
    finally:
        await service.aclose()


def main() -> None:
    """Serve one layer."""
    layer, target = sys.argv[1:]
    if layer == "functions":
        uvloop.run(_serve_functions(Path(target)))
    else:
        port, _, pid = target.partition(":")
        try:
            uvloop.run(_serve(create_http_handler(int(port), int(pid))))
        finally:
            os.kill(int(pid), signal.SIGCONT)


if __name__ == "__main__":
    main()
