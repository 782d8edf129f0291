"""One invocation of a function: what went in, what comes out, and how it failed."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from streaming_construct.aws.limits import PRELUDE_DELIMITER
from streaming_construct.local.http.byte_stream import ByteSink, ByteStream
from streaming_construct.local.lambda_.request_ids import create_request_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


TRUNCATED_RESPONSE: Final = "Runtime.TruncatedResponse"
"""The error type if a runtime closed its connection before its response was complete."""

# The messages of the Python and Node.js runtimes.
_MISSING_HANDLER_MODULE: Final = re.compile(
    r"import module '(?P<module>[^']+)': No module named '(?P=module)'"
)
_MISSING_PACKAGE: Final = re.compile(
    r"(?:No module named|Cannot find (?:module|package)) '(?P<module>[^']+)'"
)
_RUNTIME_PACKAGES: Final = ("boto3", "botocore", "@aws-sdk/", "@smithy/", "@aws-crypto/")


class FunctionError(Exception):
    """The function failed; `error_type` and `message` are what Lambda would report."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(f"{error_type}: {message}" if message else error_type)
        self.error_type = error_type
        self.message = message

    @property
    def summary(self) -> str:
        """The error in one line. If the function could not start, what to do follows."""
        fix = self._find_fix()
        if fix is None:
            return str(self)
        first_line = str(self).partition("\n")[0].rstrip(".")
        return f"{first_line}. {fix}"

    def _find_fix(self) -> str | None:
        if self.error_type == "Runtime.HandlerNotFound":
            return "Define the handler, or correct the property Handler of the function."
        if self.error_type == "Runtime.UserCodeSyntaxError":
            return (
                "Correct the line. If it has syntax of the declared Python version, install that "
                "version."
            )
        if self.error_type != "Runtime.ImportModuleError":
            return None
        if match := _MISSING_HANDLER_MODULE.search(self.message):
            return f"Create the module {match['module']}, or correct the property Handler."
        if match := _MISSING_PACKAGE.search(self.message):
            if match["module"].startswith(_RUNTIME_PACKAGES):
                return None  # Lambda brings it: the console says how to install it here
            return f"Add the package with {match['module']} to the dependencies of the function."
        return "Correct what the module of the handler does when it is imported."


class FunctionThrottledError(FunctionError):
    """The function has as many invocations under way as it may have."""

    def __init__(self, message: str) -> None:
        super().__init__("TooManyRequestsException", message)


class TenantIdError(FunctionError):
    """The invocation of a function with tenant isolation has no valid tenant id."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterValueException", message)


class FunctionNotRunnableError(Exception):
    """The function cannot run on this machine; the text has the reason and the fix."""


@dataclass(frozen=True, kw_only=True)
class CallerContext:
    """Parameters of Lambda's Invoke in addition to the event; empty by default.

    `client_context` and `cognito_identity` are JSON.
    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """

    client_context: str = ""
    cognito_identity: str = ""
    tenant_id: str = ""


Event = bytes | Mapping[str, Any]
"""The input of a function: JSON, or an object that becomes JSON if a runtime needs the text."""

encode_json: Final = json.JSONEncoder(separators=(",", ":")).encode


class Invocation:
    """One event on its way through a function.

    The runtime's side calls `start_response`, feeds `body`, ends with `finish` or `fail`. The
    caller awaits `wait_for_head`, iterates, and calls `aclose` when its client disconnects. The
    function then runs on, and its further output is discarded.
    """

    def __init__(
        self,
        event: Event,
        *,
        trace_id: str = "",
        caller: CallerContext | None = None,
        function_arn: str = "",
    ) -> None:
        self.event = event
        # As it was invoked, with a version or an alias.
        self.function_arn = function_arn
        self.caller = caller or CallerContext()
        self.request_id = create_request_id()
        self.trace_id = trace_id
        self.deadline_ms = 0
        self.streaming = False
        self.content_type = "application/octet-stream"
        self.body = ByteStream()
        self.abandoned = False
        self.failure: FunctionError | None = None
        self._prelude: Mapping[str, Any] | None = None
        self._has_begun = False
        self._caller: asyncio.Future[None] | None = None

    @cached_property
    def invocation_id(self) -> str:
        """The id that tells the response from that of a retry, which has the same request id."""
        return create_request_id()

    @cached_property
    def payload(self) -> bytes:
        """The event as JSON."""
        return self.event if isinstance(self.event, bytes) else encode_json(self.event).encode()

    def start_response(
        self, *, streaming: bool, content_type: str, prelude: Mapping[str, Any] | None = None
    ) -> None:
        """Begin the response: its head has arrived from the function.

        A runtime in this process has its prelude as an object. The caller then takes it, or finds
        it as JSON before the body.
        """
        self._prelude = prelude
        self.streaming = streaming
        self.content_type = content_type
        self._begin()

    def finish(self) -> None:
        """End the response, which is complete."""
        self.body.finish()
        self._begin()

    def fail(self, error: FunctionError) -> None:
        """End the response by an error; too late, and without effect, once it is complete."""
        if not self.body.ended:
            self.failure = error
            self.body.finish(error)
            self._begin()

    def _begin(self) -> None:
        """Wake the caller that waits for the head."""
        self._has_begun = True
        if self._caller is not None and not self._caller.done():
            self._caller.set_result(None)

    @property
    def is_complete(self) -> bool:
        """Whether the response is complete, or has failed."""
        return self.body.ended

    async def wait_for_head(self) -> None:
        """Wait until the response has begun with its prelude or its first bytes, or is complete.

        Raises:
            FunctionError: The function failed before that.
        """
        if not self._has_begun:
            self._caller = asyncio.get_running_loop().create_future()
            await self._caller
        if self._prelude is None:
            await self.body.wait_readable()

    def take_prelude(self) -> Mapping[str, Any] | None:
        """Return the prelude if the runtime has it as an object; it is then no part of the body."""
        prelude, self._prelude = self._prelude, None
        return prelude

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._write_prelude()
        return aiter(self.body)

    def _write_prelude(self) -> None:
        if prelude := self.take_prelude():
            self.body.prepend(encode_prelude(prelude))

    async def pipe_to(self, sink: ByteSink) -> None:
        """Pass the response on to a sink, as `ByteStream.pipe_to` does."""
        self._write_prelude()
        await self.body.pipe_to(sink)

    async def aclose(self) -> None:
        """Let the function run on without a reader, unless it has ended."""
        self.abandoned = not self.is_complete
        self.body.discard()


def encode_prelude(prelude: Mapping[str, Any]) -> bytes:
    """Return a prelude as JSON, with the delimiter after it."""
    return encode_json(prelude).encode() + PRELUDE_DELIMITER


class FunctionStream(Protocol):
    """The response of one invocation, in chunks as the function writes them."""

    request_id: str

    def take_prelude(self) -> Mapping[str, Any] | None:
        """Return the prelude if the runtime has it as an object; it is then in no chunk."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the chunks; raises `FunctionError` if the function fails."""

    async def pipe_to(self, sink: ByteSink) -> None:
        """Pass the chunks on to a sink; raises `FunctionError` if the function fails."""

    async def aclose(self) -> None:
        """Stop reading; the function continues to its end."""


class Functions(Protocol):
    """The part of Lambda that the gateway needs; `LambdaService` implements it."""

    def list_unavailable(self) -> Mapping[str, str]:
        """Return the ids of the functions that cannot run on this machine, each with its reason."""

    async def invoke(
        self,
        function_id: str,
        event: Event,
        *,
        trace_id: str,
        caller: CallerContext | None = None,
        qualifier: str | None = None,
    ) -> FunctionStream:
        """Invoke a function, or the version or alias `qualifier`, until its response starts.

        Raises:
            FunctionError: The function failed before its response started.
            FunctionNotRunnableError: The function cannot run on this machine.
        """
