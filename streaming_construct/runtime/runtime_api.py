"""Lambda's Runtime API as a client sees it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import sys
import time

from streaming_construct.runtime import errors
from streaming_construct.runtime.http_parser import ResponseParser
from streaming_construct.runtime.http_response import CONTENT_TYPE
from streaming_construct.runtime.invocation import Invocation
from streaming_construct.runtime.logs import log_sink
from streaming_construct.runtime.process import is_local, list_pending_work
from streaming_construct.runtime.response_stream import ResponseStream, Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streaming_construct.runtime.connection import Connection
    from streaming_construct.runtime.errors import ErrorPayload
    from streaming_construct.runtime.http_parser import RuntimeApiResponse

_PENDING_WORK = "Streaming-Construct-Pending-Work"
_ROOT = "/2018-06-01/runtime"
# After each failed attempt: the first may have met a connection closed while idle; later ones, a
# restart.
_RETRY_DELAYS = (0, 0.05, 0.1, 0)
# Writes closer together than this are one send.
FLUSH_INTERVAL_SECONDS = 0.001
# With the flush interval and Python's 5 ms switch interval on top, nothing waits for 10 ms however
# the function blocks.
_WATCHDOG_SECONDS = 0.003


class RuntimeApiError(Exception):
    """The Runtime API refused, which ends this execution environment."""


class RuntimeApi:
    """Fetches invocations and posts their responses, all on one connection.

    Args:
        connection: The connection.
        flush_interval: The longest time between a write and its flush, in seconds.
    """

    def __init__(
        self, connection: Connection, flush_interval: float = FLUSH_INTERVAL_SECONDS
    ) -> None:
        self.connection = connection
        self._reader = ResponseParser()
        self._flush_interval = flush_interval
        self._is_local = is_local()
        self._watchdog = Watchdog(max(_WATCHDOG_SECONDS, flush_interval), flush_interval)
        version = ".".join(map(str, sys.version_info[:3]))
        self._common = (
            f"Host: {connection.address}\r\nUser-Agent: streaming-construct-python/{version}\r\n"
        )

    async def get_invocation(self) -> Invocation:
        """Wait for the next invocation; reconnect if the connection breaks.

        Raises:
            RuntimeApiError: The Runtime API refused, or cannot be reached any more.
        """
        headers = ""
        if self._is_local and (work := list_pending_work()):
            # The local gateway says on the console what freezes with the environment.
            headers = f"{_PENDING_WORK}: {errors.format_header_value(','.join(work))}\r\n"
        response = await self._exchange("GET", "/invocation/next", headers)
        if response.status != 200:
            raise RuntimeApiError(f"/invocation/next: {response.status} {response.body!r}")
        return Invocation(response.headers, response.body)

    def respond(
        self, invocation: Invocation, prelude: bytes = b"", content_type: str = CONTENT_TYPE
    ) -> ResponseStream:
        """Return the stream of an invocation's response; nothing is sent yet."""
        head = (
            f"POST {_ROOT}/invocation/{invocation.request_id}/response HTTP/1.1\r\n{self._common}"
            f"{_echo(invocation)}Content-Type: {content_type}\r\n"
            "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
            f"Transfer-Encoding: chunked\r\nTrailer: {errors.TYPE_HEADER}\r\n"
            f"Trailer: {errors.BODY_HEADER}\r\n\r\n"
        )
        return ResponseStream(
            self.connection,
            head.encode("latin-1"),
            prelude,
            self._watchdog,
            self._flush_interval,
            at_tick=self._flush_interval <= FLUSH_INTERVAL_SECONDS,
        )

    async def finish(self, stream: ResponseStream) -> str:
        """Wait until Lambda has accepted an ended response; return its error, or an empty text.

        After a failure the connection is closed, and the next call opens another.
        """
        try:
            await stream.drain()
            response = await self._read_response()
        except (OSError, ValueError) as error:
            self._close()
            return str(error) or type(error).__name__
        return "" if response.status == 202 else f"{response.status} {response.body!r}"

    async def respond_buffered(
        self, invocation: Invocation, payload: bytes, content_type: str
    ) -> None:
        """Post a buffered response, as ordinary Lambda functions do."""
        path = f"/invocation/{invocation.request_id}/response"
        await self._exchange(
            "POST", path, f"{_echo(invocation)}Content-Type: {content_type}\r\n", payload
        )

    async def fail(self, invocation: Invocation, payload: ErrorPayload, cause: str) -> None:
        """Report that an invocation failed before its response began.

        `cause` is the error as X-Ray draws it.
        """
        path = f"/invocation/{invocation.request_id}/error"
        await self.post_error(
            path, payload, f"{errors.CAUSE_HEADER}: {cause}\r\n{_echo(invocation)}"
        )

    async def report_error(self, path: str, error: BaseException, kind: str = "") -> None:
        """Write an error outside an invocation to the log, and report it to Lambda.

        Args:
            path: The path below that of the version, such as `/init/error`.
            error: The error.
            kind: The type that Lambda gets. Default: that of the error.
        """
        payload = errors.create_payload(error)
        log_sink.write_error(payload)
        await self.post_error(path, {**payload, "errorType": kind or payload["errorType"]})

    async def post_error(self, path: str, payload: ErrorPayload, headers: str = "") -> None:
        """Report an error of an invocation or of the initialization."""
        kind = errors.format_header_value(payload["errorType"])
        headers += f"{errors.TYPE_HEADER}: {kind}\r\n"
        headers += "Content-Type: application/vnd.aws.lambda.error+json\r\n"
        await self._exchange("POST", path, headers, errors.encode_json(payload).encode())

    async def wait_for_restore(self) -> None:
        """Let Lambda take a snapshot; return in the restored copy, on a fresh connection.

        https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-custom.html

        Raises:
            RuntimeApiError: The Runtime API refused.
        """
        response = await self._exchange("GET", "/restore/next")
        self._close()
        if response.status != 200:
            raise RuntimeApiError(f"/restore/next: {response.status} {response.body!r}")

    async def _exchange(
        self, method: str, path: str, headers: str = "", body: bytes = b""
    ) -> RuntimeApiResponse:
        length = f"Content-Length: {len(body)}\r\n" if method == "POST" else ""
        head = f"{method} {_ROOT}{path} HTTP/1.1\r\n{self._common}{headers}{length}\r\n"
        request = head.encode("latin-1") + body
        for delay in _RETRY_DELAYS:
            try:
                await self._send(request)
                return await self._read_response()
            except (OSError, ValueError) as error:  # noqa: PERF203 - the retry is the point
                self._close()
                failure = error
                time.sleep(delay)  # noqa: ASYNC251 - nothing else can run then
        raise RuntimeApiError(
            f"http://{self.connection.address}{_ROOT}{path}: {failure}"
        ) from failure

    async def _send(self, request: bytes) -> None:
        unsent = memoryview(request)
        while unsent:
            try:
                unsent = unsent[self.connection.socket.send(unsent) :]
            except BlockingIOError:  # noqa: PERF203 - once per full buffer
                await self.connection.wait_writable()

    async def _read_response(self) -> RuntimeApiResponse:
        while (response := self._reader.feed(await self.connection.recv())) is None:
            pass
        if response.closes:
            self._close()
        return response

    def _close(self) -> None:
        self.connection.close()
        self._reader = ResponseParser()


def _echo(invocation: Invocation) -> str:
    return f"Lambda-Runtime-Invocation-Id: {invocation.id}\r\n" if invocation.id else ""
