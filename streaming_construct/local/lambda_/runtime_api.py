"""Lambda's Runtime API and Extensions API, as runtimes and extensions use them.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
One loopback port per environment. Error codes are those of AWS's runtime interface emulator.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from streaming_construct.aws.limits import (
    FUNCTION_PAYLOAD_MAX_BYTES,
    FUNCTION_SHUTDOWN_SECONDS,
)
from streaming_construct.local.http.connection import IncompleteMessageError, MalformedMessageError
from streaming_construct.local.http.headers import Headers, header
from streaming_construct.local.http.server import Request, ResponseWriter, serve
from streaming_construct.local.lambda_.invocation import FunctionError, Invocation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from streaming_construct.local.lambda_.deployment import LoadedFunction

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RUNTIME: Final = "/2018-06-01/runtime/"
_EXTENSION: Final = "/2020-01-01/extension/"
_ANSWER: Final = re.compile(
    r"POST /2018-06-01/runtime/invocation/(?P<id>[^/]+)/(?P<kind>response|error)"
)
_ERROR_TYPE: Final = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY: Final = "Lambda-Runtime-Function-Error-Body"
_INVOCATION_ID: Final = "Lambda-Runtime-Invocation-Id"
_PATHS: Final = re.compile(
    r"/2018-06-01/runtime/(invocation/(next|[^/]+/(response|error))|init/error)"
    r"|/2020-01-01/extension/(register|event/next|(init|exit)/error)"
)
_EXTENSION_EVENTS: Final = frozenset({"INVOKE", "SHUTDOWN"})


class _Refused(Exception):  # noqa: N818  an answer of the protocol
    """A call that gets an error answer."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type


@asynccontextmanager
async def runtime_api(
    deployment: LoadedFunction, *, extensions: frozenset[str] = frozenset()
) -> AsyncIterator[RuntimeApi]:
    """Serve one environment's Runtime API until the context ends.

    `extensions` names programs started beside the runtime, besides those of the deployment's
    layers; others that register are internal.
    """
    api = RuntimeApi(deployment, extensions | {path.name for path in deployment.extensions})
    # Who does not set TCP_NODELAY (the Lambda Web Adapter) waits 40 ms for a delayed ACK.
    async with serve(api.handle, idle_seconds=3600, quickack=True) as server:
        api.variables = {"AWS_LAMBDA_RUNTIME_API": f"{server.host}:{server.port}"}
        yield api


class RuntimeApi:
    """One environment's conversation with its runtime: one invocation at a time."""

    def __init__(self, deployment: LoadedFunction, extensions: frozenset[str]) -> None:
        self.variables: Mapping[str, str] = {}
        self._deployment = deployment
        self._external = extensions
        self._offered: asyncio.Queue[Invocation] = asyncio.Queue()
        self._polled = asyncio.Event()
        self._current: Invocation | None = None
        self._answering = False
        self._polled_once = False
        self._init_failure: FunctionError | None = None
        self._extensions: dict[str, _Extension] = {}

    @property
    def readiness_condition(self) -> str:
        """What has to happen before the environment is ready."""
        return "its runtime has to ask for an event"

    async def ready(self) -> None:
        """Wait for the runtime's first `next`.

        Raises:
            FunctionError: it reported an error of its initialization instead.
        """
        await self._polled.wait()
        if self._init_failure:
            raise self._init_failure

    async def run(self, invocation: Invocation) -> None:
        """Offer an invocation, then wait until the runtime asks for the next one."""
        self.announce(invocation)
        self._offered.put_nowait(invocation)
        while not invocation.is_complete:
            self._polled.clear()
            await self._polled.wait()

    def announce(self, invocation: Invocation) -> None:
        """Tell the extensions that asked for it of an invocation."""
        event = {
            "eventType": "INVOKE",
            "deadlineMs": invocation.deadline_ms,
            "requestId": invocation.request_id,
            "invokedFunctionArn": self._deployment.arn,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": invocation.trace_id},
        }
        for extension in self._extensions.values():
            extension.tell(event)

    def shut_down(self, reason: str) -> bool:
        """Send SHUTDOWN to the extensions that registered for it; whether there were any."""
        deadline_ms = int((time.time() + FUNCTION_SHUTDOWN_SECONDS) * 1000)
        event = {"eventType": "SHUTDOWN", "shutdownReason": reason, "deadlineMs": deadline_ms}
        told = [extension.tell(event) for extension in self._extensions.values()]
        return True in told

    async def handle(self, request: Request, respond: ResponseWriter) -> None:
        """Answer one call."""
        try:
            await self._dispatch(request, respond)
        except _Refused as error:
            body = {"errorMessage": str(error), "errorType": error.error_type}
            await _reply(respond, error.status, body)

    async def _dispatch(self, request: Request, respond: ResponseWriter) -> None:
        path = request.target.partition("?")[0]
        call = f"{request.method} {path}"
        answer = _ANSWER.fullmatch(call)
        if call == f"GET {_RUNTIME}invocation/next":
            await self._next(request, respond)
        elif call == f"POST {_RUNTIME}init/error":
            await self._init_error(request, respond)
        elif answer and answer["kind"] == "response":
            await self._response(self._invocation(answer["id"], request), request, respond)
        elif answer:
            self._invocation(answer["id"], request).fail(await _reported_error(request))
            await _reply(respond, 202, {"status": "OK"})
        elif call == f"POST {_EXTENSION}register":
            await self._register(request, respond)
        elif call == f"GET {_EXTENSION}event/next":
            await self._extension(request).next_event(request, respond)
        elif call in (f"POST {_EXTENSION}init/error", f"POST {_EXTENSION}exit/error"):
            self._extension(request)
            await _reply(respond, 202, {"status": "OK"})
        else:
            status = 405 if _PATHS.fullmatch(path) else 404
            await respond.start(status, [("Content-Length", "0")])
            await respond.end()

    async def _init_error(self, request: Request, respond: ResponseWriter) -> None:
        if self._polled_once:
            raise _Refused(403, "InvalidStateTransition", "the initialization is over")
        self._init_failure = await _reported_error(request)
        self._polled.set()
        await _reply(respond, 202, {"status": "OK"})

    def _invocation(self, request_id: str, request: Request) -> Invocation:
        """The invocation that an answer is for.

        Raises:
            _Refused: it is for another one, or there has been an answer.
        """
        if not self._current or self._current.request_id != request_id:
            raise _Refused(400, "InvalidRequestID", "Invalid request ID")
        echoed = header(request.headers, _INVOCATION_ID)
        if echoed is not None and echoed != self._current.invocation_id:
            message = "the answer is for an invocation that has timed out"
            raise _Refused(410, "ErrorRuntimeInvokeTimeout", message)
        if self._current.is_complete or self._answering:
            raise _Refused(403, "InvalidStateTransition", "the invocation has been answered")
        return self._current

    async def _next(self, request: Request, respond: ResponseWriter) -> None:
        if self._current and not self._current.is_complete:
            raise _Refused(403, "InvalidStateTransition", "an invocation is not answered yet")
        self._current = None
        self._polled_once = True
        self._polled.set()
        # A runtime that died while it waited must not swallow the next invocation.
        invocation = await _unless_gone(request, self._offered)
        if invocation is None:
            return
        self._current = invocation
        try:
            await respond.start(200, self._event_headers(invocation))
            await respond.send(invocation.payload)
            await respond.end()
        except ConnectionError:
            self._current = None
            self._offered.put_nowait(invocation)

    def _event_headers(self, invocation: Invocation) -> Headers:
        traced = [("Lambda-Runtime-Trace-Id", invocation.trace_id)] * bool(invocation.trace_id)
        return [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(invocation.payload))),
            ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
            ("Lambda-Runtime-Deadline-Ms", str(invocation.deadline_ms)),
            ("Lambda-Runtime-Invoked-Function-Arn", self._deployment.arn),
            (_INVOCATION_ID, invocation.invocation_id),
            *traced,
        ]

    async def _response(
        self, invocation: Invocation, request: Request, respond: ResponseWriter
    ) -> None:
        mode = header(request.headers, "Lambda-Runtime-Function-Response-Mode") or "buffered"
        if mode not in ("streaming", "buffered"):
            message = f"Lambda-Runtime-Function-Response-Mode is streaming or absent, not {mode!r}"
            raise _Refused(400, "InvalidFunctionResponseMode", message)
        content_type = header(request.headers, "content-type") or "application/octet-stream"
        self._answering = True
        try:
            if mode == "streaming":
                await self._stream(invocation, request, content_type)
            else:
                await self._buffer(invocation, request, content_type)
        except (IncompleteMessageError, MalformedMessageError) as error:
            message = f"the function's response was cut off: {error}"
            invocation.fail(FunctionError("Runtime.TruncatedResponse", message))
            raise
        finally:
            self._answering = False
        await _reply(respond, 202, {"status": "OK"})

    async def _stream(self, invocation: Invocation, request: Request, content_type: str) -> None:
        invocation.start_response(streaming=True, content_type=content_type)
        async for data in request.body:
            invocation.body.feed(data)
            await invocation.body.wait_writable()
        if error_type := header(request.trailers, _ERROR_TYPE):
            encoded = header(request.trailers, _ERROR_BODY) or ""
            invocation.fail(FunctionError(error_type, _error_message(_from_base64(encoded))))
        else:
            invocation.finish()

    async def _buffer(self, invocation: Invocation, request: Request, content_type: str) -> None:
        body = b""
        async for data in request.body:
            body += data
            if len(body) > FUNCTION_PAYLOAD_MAX_BYTES:
                message = (
                    "Response payload size exceeded maximum allowed payload size "
                    f"({FUNCTION_PAYLOAD_MAX_BYTES} bytes)."
                )
                invocation.fail(FunctionError("Function.ResponseSizeTooLarge", message))
                raise _Refused(413, "RequestEntityTooLarge", message)
        invocation.start_response(streaming=False, content_type=content_type)
        invocation.body.feed(body)
        invocation.finish()

    async def _register(self, request: Request, respond: ResponseWriter) -> None:
        name = header(request.headers, "Lambda-Extension-Name")
        if not name:
            raise _Refused(403, "Extension.InvalidExtensionName", "Lambda-Extension-Name is empty")
        wanted = _json_object(await _read(request)).get("events") or []
        allowed = _EXTENSION_EVENTS if name in self._external else {"INVOKE"}
        if not isinstance(wanted, list) or (unknown := [e for e in wanted if e not in allowed]):
            message = f"{unknown} cannot be registered for"
            raise _Refused(403, "Extension.InvalidEventType", message)
        if any(extension.name == name for extension in self._extensions.values()):
            message = f"{name} has registered already"
            raise _Refused(403, "Extension.InvalidExtensionState", message)
        identifier = str(uuid.uuid4())
        self._extensions[identifier] = _Extension(name, frozenset(wanted))
        about = {
            "functionName": self._deployment.name,
            "functionVersion": "$LATEST",
            "handler": self._deployment.function.handler or "",
        }
        await _reply(respond, 200, about, [("Lambda-Extension-Identifier", identifier)])

    def _extension(self, request: Request) -> _Extension:
        identifier = header(request.headers, "Lambda-Extension-Identifier")
        if not identifier:
            message = "Lambda-Extension-Identifier is missing"
            raise _Refused(403, "Extension.MissingExtensionIdentifier", message)
        if not _UUID.fullmatch(identifier):
            raise _Refused(403, "Extension.InvalidExtensionIdentifier", "that is no UUID")
        if identifier not in self._extensions:
            raise _Refused(403, "Extension.UnknownExtensionIdentifier", "who is that?")
        return self._extensions[identifier]


class _Extension:
    """A registered extension and the events it has not fetched yet."""

    def __init__(self, name: str, wanted: frozenset[str]) -> None:
        self.name = name
        self._wanted = wanted
        self._events: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    def tell(self, event: Mapping[str, Any]) -> bool:
        """Hand over an event, if it is of a kind registered for; whether it is."""
        wanted = event["eventType"] in self._wanted
        if wanted:
            self._events.put_nowait(event)
        return wanted

    async def next_event(self, request: Request, respond: ResponseWriter) -> None:
        """Answer with the next event; waits for it."""
        event = await _unless_gone(request, self._events)
        if event is not None:
            identifier = ("Lambda-Extension-Event-Identifier", str(uuid.uuid4()))
            await _reply(respond, 200, event, [identifier])


async def _unless_gone(request: Request, queue: asyncio.Queue[Any]) -> Any:
    """The next item of the queue, or None when the client left before there was one."""
    getting = asyncio.ensure_future(queue.get())
    try:
        await asyncio.wait((getting, request.disconnected), return_when=asyncio.FIRST_COMPLETED)
        if not request.disconnected.done():
            return getting.result()
        if getting.done():
            queue.put_nowait(getting.result())
        return None
    finally:
        getting.cancel()


async def _reply(
    respond: ResponseWriter, status: int, body: Mapping[str, Any], headers: Headers = ()
) -> None:
    data = json.dumps(body).encode()
    framing = [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
    await respond.start(status, [*framing, *headers])
    await respond.send(data)
    await respond.end()


async def _read(request: Request) -> bytes:
    """A body that has no business to be large.

    Raises:
        _Refused: it is.
    """
    body = b""
    async for data in request.body:
        body += data
        if len(body) > FUNCTION_PAYLOAD_MAX_BYTES:
            raise _Refused(413, "RequestEntityTooLarge", "the body is too large")
    return body


async def _reported_error(request: Request) -> FunctionError:
    body = await _read(request)
    reported = _json_object(body).get("errorType")
    error_type = header(request.headers, _ERROR_TYPE) or reported or "Runtime.Unknown"
    return FunctionError(str(error_type), _error_message(body))


def _error_message(body: bytes) -> str:
    message = _json_object(body).get("errorMessage")
    return str(message) if message else body.decode(errors="replace") or "no message"


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode()
