"""One invocation's answer as a handler gives it: a head once, pieces of a body, an end."""

from __future__ import annotations

from streaming_construct.runtime import fault, logs, prelude
from streaming_construct.runtime.fault import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from streaming_construct.runtime.http_response import HttpResponse
    from streaming_construct.runtime.invocation import Invocation
    from streaming_construct.runtime.response_stream import ResponseStream
    from streaming_construct.runtime.runtime_api import RuntimeApi


class Answer:
    """Turns a head and a body into a stream that Lambda accepts.

    A body that HTTP does not allow (204, 304, HEAD) is dropped, as web servers do.
    """

    write: Callable[[bytes], None]
    """Takes a piece of the body once the answer is started."""

    def __init__(self, api: RuntimeApi, invocation: Invocation) -> None:
        self._api = api
        self._invocation = invocation
        self._missing: int | None = None
        self._stream: ResponseStream | None = None
        self._is_sent_whole = False

    @property
    def stream(self) -> ResponseStream:
        """Where the answer goes, once it is started."""
        if self._stream is None:
            raise RuntimeError("the answer has not been started")
        return self._stream

    @property
    def is_started(self) -> bool:
        """Whether the head has been given."""
        return self._stream is not None

    def start(
        self, response: HttpResponse, *, method: str = "GET", multi_value: bool = True
    ) -> None:
        """Takes the head; it leaves with the first piece of the body, or soon without it.

        Args:
            response: Status, headers and cookies.
            method: The request's method.
            multi_value: Whether repeated headers go to `multiValueHeaders`; see `prelude.encode`.

        Raises:
            Fault: The head is too large.
        """
        if response.status < 200 or response.status == 204:
            response.headers = [h for h in response.headers if h[0].lower() != "content-length"]
        head = prelude.encode(response, multi_value=multi_value)
        self._stream = self._api.respond(self._invocation)
        declared = [value for name, value in response.headers if name.lower() == "content-length"]
        if method == "HEAD" or response.status < 200 or response.status in (204, 304):
            self.write = _drop
        elif declared and declared[0].isdigit():
            self._missing = int(declared[0])
            self.write = self._write_counted
        else:
            self.write = self._stream.write
        self._stream.hold(head)

    def start_raw(self) -> None:
        """Starts an answer without a head, for a caller that does not speak HTTP."""
        self._stream = self._api.respond(self._invocation, "application/octet-stream")
        self.write = self._stream.write

    def end(self, last: bytes = b"") -> None:
        """Ends the answer, its last piece and the end in one send.

        Raises:
            Fault: The body is shorter or longer than its content-length.
        """
        if self.write == _drop:
            last = b""
        self._count(last)
        if self._missing:
            raise Fault(
                "Runtime.BodyTooShort",
                f"the body ended {self._missing} bytes before its content-length",
            )
        self.stream.end(last)

    async def send_whole(self, payload: bytes, content_type: str) -> None:
        """Answers with a payload that is not HTTP and not streamed."""
        self._is_sent_whole = True
        await self._api.respond_whole(self._invocation, payload, content_type)

    async def settle(self) -> None:
        """Sees an ended answer through to Lambda's receipt."""
        if self._is_sent_whole:
            return
        stream = self.stream
        if not stream.is_ended and stream.error is None:
            raise Fault("Runtime.Incomplete", "the app returned without ending its answer")
        await self._finish(stream)

    async def fail(self, error: BaseException) -> None:
        """Tells Lambda of an error by the way that is still open: `/error` or the trailers."""
        stream = self._stream
        if stream is not None and stream.error is not None:
            return await self._finish(stream)
        # Before anything that takes time: the watchdog would send the head.
        nothing_left = stream is None or stream.take_back()
        logs.error(fault.describe(error, self._invocation.request_id))
        if stream is None or nothing_left:
            await self._api.fail(self._invocation, error)
            return None
        stream.end(trailers=fault.trailers(error, self._invocation.request_id))
        return await self._finish(stream)

    async def _finish(self, stream: ResponseStream) -> None:
        objection = await self._api.finish(stream)
        if objection:
            logs.warning(f"the answer was broken off by the Runtime API: {objection}")

    def _write_counted(self, data: bytes) -> None:
        self._count(data)
        self.stream.write(data)

    def _count(self, data: bytes) -> None:
        if self._missing is None:
            return
        if len(data) > self._missing:
            raise Fault(
                "Runtime.BodyTooLong",
                f"the body is {len(data) - self._missing} bytes longer than its content-length",
            )
        self._missing -= len(data)


def _drop(data: bytes) -> None:
    """Takes a body that HTTP does not allow."""
