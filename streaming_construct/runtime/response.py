"""One invocation's response as a handler writes it: a head once, chunks of a body, an end."""

from __future__ import annotations

from streaming_construct.runtime import errors
from streaming_construct.runtime.errors import LambdaError
from streaming_construct.runtime.http_response import create_prelude
from streaming_construct.runtime.logs import log_sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from streaming_construct.runtime.http_response import HttpResponse
    from streaming_construct.runtime.invocation import Invocation
    from streaming_construct.runtime.lambda_context import LambdaContext
    from streaming_construct.runtime.response_stream import ResponseStream
    from streaming_construct.runtime.runtime_api import RuntimeApi

    Handle = Callable[[Any, LambdaContext, "ResponseWriter"], Awaitable[None]]


async def handle_invocation(api: RuntimeApi, handle: Handle, invocation: Invocation) -> None:
    """Run one invocation; what the function raises goes to Lambda and to the log."""
    invocation.set_trace_id()
    log_sink.current.request_id, log_sink.current.tenant_id = (
        invocation.request_id,
        invocation.tenant_id,
    )
    writer = ResponseWriter(api, invocation)
    try:
        await handle(invocation.read_event(), invocation.create_context(), writer)
        await writer.wait_accepted()
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 - a function's cancellations are its errors too
        await writer.fail(error)
    log_sink.flush()


class ResponseWriter:
    """Turns a head and a body into a stream that Lambda accepts.

    A body that HTTP does not allow (204, 304, HEAD) is dropped, as web servers do.
    """

    write: Callable[[bytes], None]
    """Takes a chunk of the body once the response is started."""

    def __init__(self, api: RuntimeApi, invocation: Invocation) -> None:
        self._api = api
        self._invocation = invocation
        self._missing_bytes: int | None = None
        self._is_buffered = False
        self.stream: ResponseStream | None = None

    def start(
        self, response: HttpResponse, *, method: str = "GET", multi_value: bool = True
    ) -> ResponseStream:
        """Take the head, which is sent with the first chunk of the body.

        Without a first chunk, `begin_body` on the stream sends the head alone.

        Args:
            response: Status, headers and cookies.
            method: The request's method.
            multi_value: Whether repeated headers go to `multiValueHeaders`; see `create_prelude`.

        Raises:
            LambdaError: The head is too large.
        """
        if response.status < 200 or response.status == 204:
            response.headers = [h for h in response.headers if h[0].lower() != "content-length"]
        head = create_prelude(response, multi_value=multi_value)
        stream = self.stream = self._api.respond(self._invocation, head)
        declared = [value for name, value in response.headers if name.lower() == "content-length"]
        if method == "HEAD" or response.status < 200 or response.status in (204, 304):
            self.write = _drop
            stream.begin_body()
        elif declared and declared[0].isdigit():
            self._missing_bytes = int(declared[0])
            self.write = self._write_counted
        else:
            self.write = stream.write
        return stream

    def start_without_prelude(self) -> ResponseStream:
        """Start a response without a prelude, for an event that is not HTTP."""
        self.stream = self._api.respond(self._invocation, content_type="application/octet-stream")
        self.write = self.stream.write
        return self.stream

    def end(self, last: bytes = b"") -> None:
        """End the response; its last chunk and the end are one send.

        Raises:
            LambdaError: The body is shorter or longer than its content-length.
        """
        if self.write == _drop:
            last = b""
        self._count(last)
        if self._missing_bytes:
            raise LambdaError(
                "Runtime.BodyTooShort",
                f"the body ended {self._missing_bytes} bytes before its content-length",
            )
        if self.stream is not None:
            self.stream.end(last)

    async def send_buffered(self, payload: bytes, content_type: str) -> None:
        """Post a payload that is not HTTP and not streamed."""
        self._is_buffered = True
        await self._api.respond_buffered(self._invocation, payload, content_type)

    async def wait_accepted(self) -> None:
        """Wait until Lambda has accepted an ended response."""
        stream = self.stream
        if self._is_buffered:
            return
        if stream is None:
            raise LambdaError("Runtime.NoResponse", "the app returned without starting a response")
        if not stream.is_ended and stream.error is None:
            raise LambdaError("Runtime.Incomplete", "the app returned without ending its response")
        await self._finish(stream)

    async def fail(self, error: BaseException) -> None:
        """Report an error to Lambda: by `/error` before the response begins, else by trailers."""
        stream = self.stream
        if stream is not None and stream.error is not None:
            await self._finish(stream)
            return
        was_ended = stream is not None and stream.is_ended
        # Before anything that takes time: the watchdog would send the head.
        nothing_sent = stream is None or (not was_ended and stream.roll_back())
        payload = errors.create_payload(error, self._invocation.request_id)
        log_sink.write_error(payload)
        if stream is None or nothing_sent:
            await self._api.fail(self._invocation, payload, errors.format_xray_cause(error))
            return
        if not was_ended:
            stream.end(trailers=errors.create_trailers(payload))
        await self._finish(stream)

    async def _finish(self, stream: ResponseStream) -> None:
        rejection = await self._api.finish(stream)
        if rejection:
            log_sink.write_warning(f"the Runtime API rejected the response: {rejection}")

    def _write_counted(self, data: bytes) -> None:
        self._count(data)
        if self.stream is not None:
            self.stream.write(data)

    def _count(self, data: bytes) -> None:
        if self._missing_bytes is None:
            return
        if len(data) > self._missing_bytes:
            raise LambdaError(
                "Runtime.BodyTooLong",
                f"the body exceeds its content-length by {len(data) - self._missing_bytes} bytes",
            )
        self._missing_bytes -= len(data)


def _drop(data: bytes) -> None:
    """Discard a body that HTTP does not allow."""
