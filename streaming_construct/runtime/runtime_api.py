"""Lambda's Runtime API as a client sees it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import sys
import time

from streaming_construct.runtime import errors
from streaming_construct.runtime.http_parser import ResponseParser
from streaming_construct.runtime.http_response import CONTENT_TYPE
from streaming_construct.runtime.invocation import Invocation
from streaming_construct.runtime.response_stream import ResponseStream, Watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from streaming_construct.runtime.connection import Connection
    from streaming_construct.runtime.errors import Described
    from streaming_construct.runtime.http_parser import RuntimeApiResponse

_ROOT = "/2018-06-01/runtime"
# After each failed attempt: the first may have met a connection closed while idle; later ones, a
# restart.
_RETRY_DELAYS = (0, 0.05, 0.1, 0)
# Writes closer together than this are one send.
FLUSH_INTERVAL_SECONDS = 0.001
# With Python's 5 ms switch interval on top, nothing waits for 10 ms however the function blocks.
_WATCHDOG_SECONDS = 0.001


class RuntimeApiError(Exception):
    """The Runtime API refused, which ends this execution environment."""


class RuntimeApi:
    """Asks for invocations and takes their answers, all on one connection.

    Args:
        line: The connection.
        gather: How long a stream gathers writes, in seconds.
    """

    def __init__(self, line: Connection, gather: float = FLUSH_INTERVAL_SECONDS) -> None:
        self.line = line
        self._reader = ResponseParser()
        self._gather = gather
        self._watchdog = Watchdog(max(_WATCHDOG_SECONDS, gather))
        version = ".".join(map(str, sys.version_info[:3]))
        self._common = (
            f"Host: {line.address}\r\nUser-Agent: streaming-construct-python/{version}\r\n"
        )

    async def next(self) -> Invocation:
        """Waits for the next invocation, reconnecting when the connection broke meanwhile.

        Raises:
            RuntimeApiError: The Runtime API refused, or cannot be reached any more.
        """
        reply = await self._exchange("GET", "/invocation/next")
        if reply.status != 200:
            raise RuntimeApiError(f"/invocation/next answered {reply.status}: {reply.body!r}")
        return Invocation(reply.headers, reply.body)

    def respond(
        self, invocation: Invocation, prelude: bytes = b"", content_type: str = CONTENT_TYPE
    ) -> ResponseStream:
        """Returns the stream that carries an invocation's answer; nothing is sent yet."""
        head = (
            f"POST {_ROOT}/invocation/{invocation.request_id}/response HTTP/1.1\r\n{self._common}"
            f"{_echo(invocation)}Content-Type: {content_type}\r\n"
            "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
            f"Transfer-Encoding: chunked\r\nTrailer: {errors.TYPE_HEADER}\r\n"
            f"Trailer: {errors.BODY_HEADER}\r\n\r\n"
        )
        return ResponseStream(
            self.line,
            head.encode("latin-1"),
            prelude,
            self._watchdog,
            self._gather,
            at_tick=self._gather <= FLUSH_INTERVAL_SECONDS,
        )

    async def finish(self, stream: ResponseStream) -> str:
        """Waits until Lambda has taken an ended answer; returns what it objects to, if anything.

        After a broken answer the connection is given up, and the next call opens another.
        """
        try:
            await stream.drain()
            reply = await self._reply()
        except (OSError, ValueError) as error:
            self._close()
            return str(error) or type(error).__name__
        return "" if reply.status == 202 else f"{reply.status} {reply.body!r}"

    async def respond_whole(
        self, invocation: Invocation, payload: bytes, content_type: str
    ) -> None:
        """Answers with a payload that is not streamed, as ordinary Lambda functions do."""
        path = f"/invocation/{invocation.request_id}/response"
        await self._exchange(
            "POST", path, f"{_echo(invocation)}Content-Type: {content_type}\r\n", payload
        )

    async def fail(self, invocation: Invocation, described: Described, cause: str) -> None:
        """Reports that an invocation failed before any of its answer was sent.

        `cause` is the error as X-Ray draws it.
        """
        path = f"/invocation/{invocation.request_id}/error"
        await self.post_error(
            path, described, f"{errors.CAUSE_HEADER}: {cause}\r\n{_echo(invocation)}"
        )

    async def post_error(self, path: str, described: Described, headers: str = "") -> None:
        """Reports an error of the function, of an invocation or outside of them."""
        kind = described["errorType"].encode("ascii", "replace").decode()
        headers += f"{errors.TYPE_HEADER}: {kind}\r\n"
        headers += "Content-Type: application/vnd.aws.lambda.error+json\r\n"
        await self._exchange("POST", path, headers, json.dumps(described).encode())

    async def wait_for_restore(self) -> None:
        """Lets Lambda take a snapshot; returns in the restored copy, on a fresh connection.

        https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-custom.html

        Raises:
            RuntimeApiError: The Runtime API refused.
        """
        reply = await self._exchange("GET", "/restore/next")
        self._close()
        if reply.status != 200:
            raise RuntimeApiError(f"/restore/next answered {reply.status}: {reply.body!r}")

    async def _exchange(
        self, method: str, path: str, headers: str = "", body: bytes = b""
    ) -> RuntimeApiResponse:
        length = f"Content-Length: {len(body)}\r\n" if method == "POST" else ""
        head = f"{method} {_ROOT}{path} HTTP/1.1\r\n{self._common}{headers}{length}\r\n"
        request = head.encode("latin-1") + body
        for pause in _RETRY_DELAYS:
            try:
                await self._send(request)
                return await self._reply()
            except (OSError, ValueError) as error:  # noqa: PERF203 - the retry is the point
                self._close()
                failure = error
                time.sleep(pause)  # noqa: ASYNC251 - nothing else can run then
        raise RuntimeApiError(f"http://{self.line.address}{_ROOT}{path}: {failure}") from failure

    async def _send(self, request: bytes) -> None:
        left = memoryview(request)
        while left:
            try:
                left = left[self.line.socket.send(left) :]
            except BlockingIOError:  # noqa: PERF203 - once per full buffer
                await self.line.writable()

    async def _reply(self) -> RuntimeApiResponse:
        while (reply := self._reader.feed(await self.line.recv())) is None:
            pass
        if reply.closes:
            self._close()
        return reply

    def _close(self) -> None:
        self.line.close()
        self._reader = ResponseParser()


def _echo(invocation: Invocation) -> str:
    return f"Lambda-Runtime-Invocation-Id: {invocation.id}\r\n" if invocation.id else ""
