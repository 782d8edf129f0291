"""An intermediary that only passes bytes on: the least that a gateway on asyncio has to do.

    python -m benchmarks.bare_intermediary PORT[:PID] ...

PORT is the port of a web app. The intermediary keeps a connection to each app, and sends one
request at a time over it. An app with a PID is stopped while it serves no request, as in Lambda.
The intermediary prints its URL.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from functools import partial
from typing import Final, cast

import uvloop

_HOST: Final = "127.0.0.1"
_HEAD_END: Final = b"\r\n\r\n"
_BODY_END: Final = b"0\r\n\r\n"


class _AppConnection(asyncio.Protocol):
    """The connection to a web app, one request at a time."""

    transport: asyncio.Transport

    def __init__(self, pid: int | None, idle: list[_AppConnection]) -> None:
        self._pid = pid
        self._idle = idle
        self._client: _ClientConnection | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._stop()

    def send(self, request: bytes, client: _ClientConnection) -> None:
        """Send a request; the client receives the response."""
        self._client = client
        self.transport.write(request)
        if self._pid is not None:
            os.kill(self._pid, signal.SIGCONT)

    def data_received(self, data: bytes) -> None:
        client = self._client
        if client is not None:
            client.transport.write(data)
            if data.endswith(_BODY_END):
                client.app = self._client = None
                self._stop()

    def _stop(self) -> None:
        if self._pid is not None:
            os.kill(self._pid, signal.SIGSTOP)
        self._idle.append(self)


class _ClientConnection(asyncio.Protocol):
    """The connection of a client; its reads wait for its writes."""

    transport: asyncio.Transport

    def __init__(self, idle: list[_AppConnection]) -> None:
        self._idle = idle
        self._received = b""
        self.app: _AppConnection | None = None
        self._paused: _AppConnection | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._received.endswith(_HEAD_END):
            request, self._received = self._received, b""
            self.app = self._idle.pop()
            self.app.send(request, self)

    def pause_writing(self) -> None:
        if self.app is not None:
            self._paused = self.app
            self._paused.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._paused is not None:
            self._paused.transport.resume_reading()
            self._paused = None


async def _serve(apps: Iterable[str]) -> None:
    loop = asyncio.get_running_loop()
    idle: list[_AppConnection] = []
    for app in apps:
        port, _, pid = app.partition(":")
        create = partial(_AppConnection, int(pid) if pid else None, idle)
        await loop.create_connection(create, _HOST, int(port))
    server = await loop.create_server(partial(_ClientConnection, idle), _HOST, 0)
    print(f"http://{_HOST}:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1:]))
