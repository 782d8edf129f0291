"""One invocation's answer as a handler gives it: a head once, pieces of a body, an end."""

from __future__ import annotations

import os
import sys

from streaming_construct.runtime import errors, log_sink
from streaming_construct.runtime.errors import LambdaError
from streaming_construct.runtime.http_response import prelude

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from streaming_construct.runtime.http_response import HttpResponse
    from streaming_construct.runtime.invocation import Context, Invocation
    from streaming_construct.runtime.response_stream import ResponseStream
    from streaming_construct.runtime.runtime_api import RuntimeApi

    Handle = Callable[[Any, Context, "ResponseWriter"], Awaitable[None]]

_TRACE = "_X_AMZN_TRACE_ID"


async def handle_invocation(api: RuntimeApi, handle: Handle, invocation: Invocation) -> None:
    """Answers one invocation; what the function raises goes to Lambda and the log."""
    if invocation.trace_id:
        os.environ[_TRACE] = invocation.trace_id
    else:
        os.environ.pop(_TRACE, None)
    log_sink.current.request_id, log_sink.current.tenant_id = (
        invocation.request_id,
        invocation.tenant_id,
    )
    answer = ResponseWriter(api, invocation)
    try:
        await handle(invocation.event(), invocation.context(), answer)
        await answer.wait_accepted()
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 - a function's cancellations are its errors too
        await answer.fail(error)
    sys.stdout.flush()


class ResponseWriter:
    """Turns a head and a body into a stream that Lambda accepts.

    A body that HTTP does not allow (204, 304, HEAD) is dropped, as web servers do.
    """

    write: Callable[[bytes], None]
    """Takes a piece of the body once the answer is started."""

    def __init__(self, api: RuntimeApi, invocation: Invocation) -> None:
        self._api = api
        self._invocation = invocation
        self._missing: int | None = None
        self._is_sent_whole = False
        self.stream: ResponseStream | None = None

    def start(
        self, response: HttpResponse, *, method: str = "GET", multi_value: bool = True
    ) -> ResponseStream:
        """Takes the head, which leaves with the first piece of the body.

        Where that is not at hand, `begin_body` on the stream lets the head leave without it.

        Args:
            response: Status, headers and cookies.
            method: The request's method.
            multi_value: Whether repeated headers go to `multiValueHeaders`; see `prelude`.

        Raises:
            Fault: The head is too large.
        """
        if response.status < 200 or response.status == 204:
            response.headers = [h for h in response.headers if h[0].lower() != "content-length"]
        head = prelude(response, multi_value=multi_value)
        stream = self.stream = self._api.respond(self._invocation, head)
        declared = [value for name, value in response.headers if name.lower() == "content-length"]
        if method == "HEAD" or response.status < 200 or response.status in (204, 304):
            self.write = _drop
            stream.begin_body()
        elif declared and declared[0].isdigit():
            self._missing = int(declared[0])
            self.write = self._write_counted
        else:
            self.write = stream.write
        return stream

    def start_without_prelude(self) -> ResponseStream:
        """Starts an answer without a head, for a caller that does not speak HTTP."""
        self.stream = self._api.respond(self._invocation, content_type="application/octet-stream")
        self.write = self.stream.write
        return self.stream

    def end(self, last: bytes = b"") -> None:
        """Ends the answer, its last piece and the end in one send.

        Raises:
            Fault: The body is shorter or longer than its content-length.
        """
        if self.write == _drop:
            last = b""
        self._count(last)
        if self._missing:
            raise LambdaError(
                "Runtime.BodyTooShort",
                f"the body ended {self._missing} bytes before its content-length",
            )
        if self.stream is not None:
            self.stream.end(last)

    async def send_buffered(self, payload: bytes, content_type: str) -> None:
        """Answers with a payload that is not HTTP and not streamed."""
        self._is_sent_whole = True
        await self._api.respond_whole(self._invocation, payload, content_type)

    async def wait_accepted(self) -> None:
        """Sees an ended answer through to Lambda's receipt."""
        stream = self.stream
        if self._is_sent_whole:
            return
        if stream is None:
            raise LambdaError("Runtime.NoResponse", "the app returned without starting a response")
        if not stream.is_ended and stream.error is None:
            raise LambdaError("Runtime.Incomplete", "the app returned without ending its answer")
        await self._finish(stream)

    async def fail(self, error: BaseException) -> None:
        """Tells Lambda of an error by the way that is still open: `/error` or the trailers."""
        stream = self.stream
        if stream is not None and stream.error is not None:
            await self._finish(stream)
            return
        was_ended = stream is not None and stream.is_ended
        # Before anything that takes time: the watchdog would send the head.
        nothing_left = stream is None or (not was_ended and stream.rollback())
        described = errors.error_payload(error, self._invocation.request_id)
        log_sink.error(described)
        if stream is None or nothing_left:
            await self._api.fail(self._invocation, described, errors.xray_cause_json(error))
            return
        if not was_ended:
            stream.end(trailers=errors.trailers(described))
        await self._finish(stream)

    async def _finish(self, stream: ResponseStream) -> None:
        objection = await self._api.finish(stream)
        if objection:
            log_sink.warning(f"the answer was broken off by the Runtime API: {objection}")

    def _write_counted(self, data: bytes) -> None:
        self._count(data)
        if self.stream is not None:
            self.stream.write(data)

    def _count(self, data: bytes) -> None:
        if self._missing is None:
            return
        if len(data) > self._missing:
            raise LambdaError(
                "Runtime.BodyTooLong",
                f"the body is {len(data) - self._missing} bytes longer than its content-length",
            )
        self._missing -= len(data)


def _drop(data: bytes) -> None:
    """Takes a body that HTTP does not allow."""
