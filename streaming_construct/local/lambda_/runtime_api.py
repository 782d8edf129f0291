"""Lambda's Runtime API, as runtimes use it; calls of extensions go to `ExtensionsApi`.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
One loopback port per environment. Error codes are those of AWS's runtime interface emulator.
"""

from __future__ import annotations

import asyncio
import base64
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from streaming_construct.aws.limits import (
    FUNCTION_PAYLOAD_MAX_BYTES,
)
from streaming_construct.local.http.connection import IncompleteMessageError, MalformedMessageError
from streaming_construct.local.http.headers import Headers, get_header
from streaming_construct.local.http.request import Request
from streaming_construct.local.http.response_writer import ResponseWriter
from streaming_construct.local.http.server import serve
from streaming_construct.local.lambda_.api_messages import (
    ApiError,
    parse_json_object,
    read_body,
    send_json_response,
    wait_for_item,
)
from streaming_construct.local.lambda_.extensions_api import PATHS as EXTENSION_PATHS
from streaming_construct.local.lambda_.extensions_api import ExtensionsApi
from streaming_construct.local.lambda_.invocation import (
    TRUNCATED_RESPONSE,
    FunctionError,
    Invocation,
)
from streaming_construct.local.lambda_.runtime_api_access import RuntimeApiAccess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from streaming_construct.local.lambda_.loaded_function import LoadedFunction

_RUNTIME: Final = "/2018-06-01/runtime/"
_RESPONSE: Final = re.compile(
    r"POST /2018-06-01/runtime/invocation/(?P<id>[^/]+)/(?P<kind>response|error)"
)
_ERROR_TYPE: Final = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY: Final = "Lambda-Runtime-Function-Error-Body"
_INVOCATION_ID: Final = "Lambda-Runtime-Invocation-Id"
# Our own runtimes name the work that they have not finished when they ask for the next event.
_PENDING_WORK: Final = "Streaming-Construct-Pending-Work"
# AWS's clients send the X-Ray cause of an error as a header of up to 1 MB.
_MAX_HEAD_BYTES: Final = 2 * 1024 * 1024
_PATHS: Final = re.compile(
    r"/2018-06-01/runtime/(invocation/(next|[^/]+/(response|error))|init/error)"
)


@asynccontextmanager
async def serve_runtime_api(
    loaded_function: LoadedFunction, *, extensions: frozenset[str] = frozenset()
) -> AsyncIterator[RuntimeApi]:
    """Serve one environment's Runtime API until the context ends.

    `extensions` names programs started beside the runtime, in addition to those in the function's
    layers; others that register are internal.
    """
    api = RuntimeApi(
        loaded_function, extensions | {path.name for path in loaded_function.extensions}
    )
    # A client without TCP_NODELAY (the Lambda Web Adapter) waits 40 ms for a delayed ACK.
    async with serve(
        api.handle, idle_seconds=3600, max_head_bytes=_MAX_HEAD_BYTES, quickack=True
    ) as server:
        address = f"{server.host}:{server.port}"
        api.access = RuntimeApiAccess(address, loaded_function.name)
        api.variables = {"AWS_LAMBDA_RUNTIME_API": address}
        yield api


class RuntimeApi:
    """The Runtime API of one environment: one invocation at a time."""

    def __init__(self, loaded_function: LoadedFunction, extensions: frozenset[str]) -> None:
        self.variables: Mapping[str, str] = {}
        self.access: RuntimeApiAccess | None = None
        self._loaded_function = loaded_function
        self.extensions = ExtensionsApi(loaded_function, extensions)
        self._offered: asyncio.Queue[Invocation] = asyncio.Queue()
        self._polled = asyncio.Event()
        self._waiting: Request | None = None
        self._current: Invocation | None = None
        self._is_responding = False
        self._polled_once = False
        self._init_failure: FunctionError | None = None
        self._truncation: FunctionError | None = None
        self.pending_work: tuple[str, ...] = ()

    @property
    def readiness_condition(self) -> str:
        """The event that `wait_until_ready` waits for, for messages."""
        if self._polled_once and self.extensions.missing:
            names = ", ".join(self.extensions.missing)
            return f"the extensions have to register and to ask for an event: {names}"
        return "the runtime has to ask for an event"

    async def wait_until_ready(self) -> None:
        """Wait for the first `next` of the runtime and of each extension.

        Raises:
            FunctionError: The runtime reported an error of its initialization.
        """
        await self._polled.wait()
        if self._init_failure:
            raise self._init_failure
        await self.extensions.wait_ready()

    async def run(self, invocation: Invocation) -> None:
        """Offer an invocation, then wait until the runtime asks for the next one.

        Raises:
            FunctionError: The connection broke before the response was complete.
        """
        self._truncation = None
        self.extensions.announce(invocation)
        self._offered.put_nowait(invocation)
        while not invocation.is_complete:
            self._polled.clear()
            await self._polled.wait()
            if self._truncation:
                raise self._truncation
        await self.extensions.wait_idle()

    def shut_down(self, reason: str) -> bool:
        """Send SHUTDOWN to the extensions that registered for it; return whether there are any."""
        return self.extensions.shut_down(reason)

    async def handle(self, request: Request, respond: ResponseWriter) -> None:
        """Serve one call."""
        try:
            if self.access:
                await self.access.check(request)
            await self._dispatch(request, respond)
        except ApiError as error:
            body = {"errorMessage": str(error), "errorType": error.error_type}
            await send_json_response(respond, error.status, body)

    async def _dispatch(self, request: Request, respond: ResponseWriter) -> None:
        path = request.target.partition("?")[0]
        endpoint = f"{request.method} {path}"
        match = _RESPONSE.fullmatch(endpoint)
        if endpoint == f"GET {_RUNTIME}invocation/next":
            await self._handle_next(request, respond)
        elif endpoint == f"POST {_RUNTIME}init/error":
            await self._handle_init_error(request, respond)
        elif match and match["kind"] == "response":
            await self._handle_response(
                self._find_invocation(match["id"], request), request, respond
            )
        elif match:
            self._find_invocation(match["id"], request).fail(await _read_error(request))
            await send_json_response(respond, 202, {"status": "OK"})
        elif not await self.extensions.handle(endpoint, request, respond):
            status = 405 if _PATHS.fullmatch(path) or EXTENSION_PATHS.fullmatch(path) else 404
            await respond.start(status, [("Content-Length", "0")])
            await respond.end()

    async def _handle_init_error(self, request: Request, respond: ResponseWriter) -> None:
        if self._polled_once:
            raise ApiError(403, "InvalidStateTransition", "the initialization is over")
        self._init_failure = await _read_error(request)
        self._polled.set()
        await send_json_response(respond, 202, {"status": "OK"})

    def _find_invocation(self, request_id: str, request: Request) -> Invocation:
        """Return the invocation that a response is for.

        Raises:
            ApiError: The response is for another invocation, or a second one.
        """
        if not self._current or self._current.request_id != request_id:
            raise ApiError(400, "InvalidRequestID", "Invalid request ID")
        invocation_id = get_header(request.headers, _INVOCATION_ID)
        if invocation_id is not None and invocation_id != self._current.invocation_id:
            message = "the response is for an invocation that has timed out"
            raise ApiError(410, "ErrorRuntimeInvokeTimeout", message)
        if self._current.is_complete or self._is_responding:
            raise ApiError(403, "InvalidStateTransition", "the invocation has a response already")
        return self._current

    async def _handle_next(self, request: Request, respond: ResponseWriter) -> None:
        if self._current and not self._current.is_complete:
            raise ApiError(403, "InvalidStateTransition", "an invocation has no response yet")
        if self._waiting and not self._waiting.disconnected.done():
            raise ApiError(403, "InvalidStateTransition", "the runtime waits for an event already")
        self._current = None
        pending = get_header(request.headers, _PENDING_WORK) or ""
        self.pending_work = tuple(filter(None, pending.split(",")))
        self._polled_once = True
        self._polled.set()
        self._waiting = request
        try:
            # A runtime that died while it waited must not swallow the next invocation.
            invocation = await wait_for_item(request, self._offered)
        finally:
            if self._waiting is request:
                self._waiting = None
        if invocation is None:
            return
        self._current = invocation
        try:
            await respond.start(200, self._build_event_headers(invocation))
            await respond.send(invocation.payload)
            await respond.end()
        except ConnectionError:
            self._current = None
            self._offered.put_nowait(invocation)

    def _build_event_headers(self, invocation: Invocation) -> Headers:
        function_arn = invocation.function_arn or self._loaded_function.arn
        optional = {
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
            "Lambda-Runtime-Client-Context": invocation.caller.client_context,
            "Lambda-Runtime-Cognito-Identity": invocation.caller.cognito_identity,
            "Lambda-Runtime-Aws-Tenant-Id": invocation.caller.tenant_id,
        }
        return [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(invocation.payload))),
            ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
            ("Lambda-Runtime-Deadline-Ms", str(invocation.deadline_ms)),
            ("Lambda-Runtime-Invoked-Function-Arn", function_arn),
            (_INVOCATION_ID, invocation.invocation_id),
            *((name, value) for name, value in optional.items() if value),
        ]

    async def _handle_response(
        self, invocation: Invocation, request: Request, respond: ResponseWriter
    ) -> None:
        mode = get_header(request.headers, "Lambda-Runtime-Function-Response-Mode") or "buffered"
        if mode not in ("streaming", "buffered"):
            message = f"Lambda-Runtime-Function-Response-Mode is streaming or absent, not {mode!r}"
            raise ApiError(400, "InvalidFunctionResponseMode", message)
        content_type = get_header(request.headers, "content-type") or "application/octet-stream"
        self._is_responding = True
        try:
            if mode == "streaming":
                await self._stream(invocation, request, content_type)
            else:
                await self._buffer(invocation, request, content_type)
        except (IncompleteMessageError, MalformedMessageError) as error:
            # The end of the process may be the cause: `run` raises it, and its caller looks.
            message = f"the runtime ended its response before it was complete: {error}"
            self._truncation = FunctionError(TRUNCATED_RESPONSE, message)
            self._polled.set()
            raise
        finally:
            self._is_responding = False
        await send_json_response(respond, 202, {"status": "OK"})

    async def _stream(self, invocation: Invocation, request: Request, content_type: str) -> None:
        invocation.start_response(streaming=True, content_type=content_type)
        await request.body.pipe_to(invocation.body)
        if error_type := get_header(request.trailers, _ERROR_TYPE):
            encoded = get_header(request.trailers, _ERROR_BODY) or ""
            invocation.fail(FunctionError(error_type, _read_error_message(_decode_base64(encoded))))
        else:
            invocation.finish()

    async def _buffer(self, invocation: Invocation, request: Request, content_type: str) -> None:
        body = b""
        async for data in request.body:
            body += data
            if self._loaded_function.has_limits and len(body) > FUNCTION_PAYLOAD_MAX_BYTES:
                message = (
                    "Response payload size exceeded maximum allowed payload size "
                    f"({FUNCTION_PAYLOAD_MAX_BYTES} bytes)."
                )
                invocation.fail(FunctionError("Function.ResponseSizeTooLarge", message))
                raise ApiError(413, "RequestEntityTooLarge", message)
        invocation.start_response(streaming=False, content_type=content_type)
        invocation.body.feed(body)
        invocation.finish()


async def _read_error(request: Request) -> FunctionError:
    body = await read_body(request)
    error_type_in_body = parse_json_object(body).get("errorType")
    error_type = get_header(request.headers, _ERROR_TYPE) or error_type_in_body or "Runtime.Unknown"
    return FunctionError(str(error_type), _read_error_message(body))


def _read_error_message(body: bytes) -> str:
    """Return the message of a reported error; empty if the exception has none."""
    error = parse_json_object(body)
    if "errorMessage" in error or "errorType" in error:
        return str(error.get("errorMessage") or "")
    return body.decode(errors="replace")


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode()
