"""An ASGI app as handler: HTTP and lifespan of https://asgi.readthedocs.io/en/latest/specs/main.html."""

from __future__ import annotations

import asyncio
from time import monotonic

from streaming_construct.runtime import errors
from streaming_construct.runtime.errors import LambdaError
from streaming_construct.runtime.http_response import HttpResponse
from streaming_construct.runtime.logs import log_sink
from streaming_construct.runtime.response_stream import FULL_BYTES
from streaming_construct.runtime.web.http_request import HttpRequest
from streaming_construct.runtime.web.request_headers import encode_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from streaming_construct.runtime.connection import Disconnectable
    from streaming_construct.runtime.lambda_context import LambdaContext
    from streaming_construct.runtime.response import Handle, ResponseWriter
    from streaming_construct.runtime.response_stream import ResponseStream

    App = Callable[[dict[str, Any], Callable[..., Any], Callable[..., Any]], Awaitable[None]]

# 2.4: `send` raises OSError when the client is gone.
_ASGI = {"version": "3.0", "spec_version": "2.4"}
_BODY = "http.response.body"


class HttpCycle:
    """One request and its response, from the app's side: `receive` and `send`."""

    def __init__(
        self, request: HttpRequest, writer: ResponseWriter, connection: Disconnectable
    ) -> None:
        self._request = request
        self._writer = writer
        self._connection = connection
        self._stream: ResponseStream | None = None
        # The stream while a chunk of the body needs no more than `ResponseStream.write`.
        self._open: ResponseStream | None = None
        self._body_is_read = False
        self._ended = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        """Return the request's body, then wait until the response or the connection ends."""
        if not self._ended.is_set():
            if not self._body_is_read:
                self._body_is_read = True
                return {"type": "http.request", "body": self._request.body, "more_body": False}
            ended = asyncio.ensure_future(self._ended.wait())
            disconnected = asyncio.ensure_future(self._connection.wait_disconnected())
            try:
                await asyncio.wait((ended, disconnected), return_when=asyncio.FIRST_COMPLETED)
            finally:
                ended.cancel()
                disconnected.cancel()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        """Take the head or a chunk of the body; wait while the socket is full.

        Raises:
            OSError: The Runtime API closed the connection.
            RuntimeError: The message is not valid in this state of the response.
        """
        try:
            # `ResponseStream.write` inline: of a chunk's time, most is the time of calls.
            stream = self._open
            body = message["body"]
            if stream and message["more_body"] and message["type"] == _BODY and type(body) is bytes:
                stream.parts.append(body)
                stream.buffered_bytes += len(body)
                if stream.buffered_bytes >= FULL_BYTES or monotonic() >= stream.buffer_until:
                    stream.flush_if_due()
                    if stream.unsent:
                        await stream.drain()
                return
        except KeyError:  # these members are optional
            pass
        await self._send(message)

    async def _send(self, message: dict[str, Any]) -> None:
        stream = self._stream
        if stream is None:
            self._start(message)
            return
        if message["type"] != _BODY:
            raise RuntimeError(f"unexpected ASGI message {message['type']!r} after the start")
        if stream.is_ended:
            return
        # None is an empty chunk, as with uvicorn.
        body = bytes(message.get("body") or b"")
        if message.get("more_body"):
            self._writer.write(body)
        else:
            self.close()
            self._writer.end(body)
            self._ended.set()
        await stream.drain()

    def close(self) -> None:
        """Let later messages find the response ended, whether the app ended it or failed."""
        self._open = None

    def _start(self, message: dict[str, Any]) -> None:
        if message["type"] != "http.response.start":
            raise RuntimeError(f"unexpected ASGI message {message['type']!r} before the start")
        headers = [
            (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
            for name, value in message.get("headers", ())
        ]
        response, request = HttpResponse(message["status"], headers), self._request
        self._stream = self._writer.start(
            response, method=request.method, multi_value=request.multi_value
        )
        # Without the watchdog, a switch of threads: ASGI lets the head wait for the first chunk.
        self._stream.flush_soon()
        if self._writer.write == self._stream.write:
            self._open = self._stream


class Lifespan:
    """The app's startup and shutdown; an app that does not know lifespans runs without."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._progress = asyncio.Event()
        self._failure: str | None = None
        self.state: dict[str, Any] = {}

    async def start_up(self) -> None:
        """Return once the app is ready.

        Raises:
            LambdaError: The app says that its startup failed.
        """
        self._task = asyncio.ensure_future(self._run())
        await self._run_phase("lifespan.startup")
        if self._failure is not None:
            raise LambdaError(
                "Runtime.LifespanFailed", f"the app's startup failed: {self._failure}"
            )

    async def shut_down(self) -> None:
        """Return once the app has cleaned up."""
        self._progress.clear()
        await self._run_phase("lifespan.shutdown")
        await asyncio.wait((self._task,))

    async def _run_phase(self, event: str) -> None:
        if not self._task.done():
            self._events.put_nowait({"type": event})
            waiting = asyncio.ensure_future(self._progress.wait())
            await asyncio.wait((self._task, waiting), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": _ASGI, "state": self.state}
        try:
            await self._app(scope, self._events.get, self._send)
        except Exception:  # noqa: BLE001 - an app without lifespan raises any exception
            self._progress.set()

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"].endswith(".failed"):
            self._failure = str(message.get("message", ""))
        self._progress.set()


def make_handler(app: App, connection: Disconnectable, state: dict[str, Any]) -> Handle:
    """Return what `serve` calls for each invocation of an ASGI app."""

    async def handle(event: Any, context: LambdaContext, writer: ResponseWriter) -> None:
        request = HttpRequest(event, context)
        cycle = HttpCycle(request, writer, connection)
        scope = _create_scope(request, state)
        scope["aws.event"], scope["aws.context"] = event, context
        try:
            await app(scope, cycle.receive, cycle.send)
        except Exception as error:
            # A framework that has shown its own error page raises all the same, for the log.
            if writer.stream is None or not writer.stream.is_ended:
                raise
            log_sink.write_error(errors.create_payload(error, context.aws_request_id))
        finally:
            cycle.close()

    return handle


def _create_scope(request: HttpRequest, state: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": _ASGI,
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": request.raw_path.encode("ascii"),
        "query_string": request.query.encode("ascii", "replace"),
        "root_path": request.root,
        "headers": [(name.encode("ascii"), encode_value(value)) for name, value in request.headers],
        "client": (request.client, 0),
        "server": (request.host, request.port),
        "state": state.copy(),
        "extensions": {},
    }
