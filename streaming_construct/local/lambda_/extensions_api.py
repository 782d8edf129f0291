"""Lambda's Extensions API: the extensions of one environment and the events they wait for.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from typing import TYPE_CHECKING, Any, Final

from streaming_construct.aws.limits import FUNCTION_SHUTDOWN_SECONDS
from streaming_construct.local.http.headers import get_header
from streaming_construct.local.lambda_.api_messages import (
    ApiError,
    parse_json_object,
    read_body,
    send_json_response,
    wait_for_item,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streaming_construct.local.http.request import Request
    from streaming_construct.local.http.response_writer import ResponseWriter
    from streaming_construct.local.lambda_.invocation import Invocation
    from streaming_construct.local.lambda_.loaded_function import LoadedFunction

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ROOT: Final = "/2020-01-01/extension/"
_EVENTS: Final = frozenset({"INVOKE", "SHUTDOWN"})
PATHS: Final = re.compile(r"/2020-01-01/extension/(register|event/next|(init|exit)/error)")


class ExtensionsApi:
    """The extensions of one environment.

    `external` names the programs that run next to the runtime. Others that register are
    internal: they may not register for SHUTDOWN.
    """

    def __init__(self, loaded_function: LoadedFunction, external: frozenset[str]) -> None:
        self._loaded_function = loaded_function
        self._external = external
        self._extensions: dict[str, _Extension] = {}
        self._has_polled = asyncio.Event()

    @property
    def missing(self) -> list[str]:
        """The programs that have not asked for their first event."""
        ready = {extension.name for extension in self._extensions.values() if extension.has_polled}
        return sorted(self._external - ready)

    async def wait_ready(self) -> None:
        """Wait until each program has registered, and asks for its first event.

        Lambda invokes the function only then.
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        """
        while self.missing:
            self._has_polled.clear()
            await self._has_polled.wait()

    def announce(self, invocation: Invocation) -> None:
        """Send INVOKE to the extensions that registered for it."""
        event = {
            "eventType": "INVOKE",
            "deadlineMs": invocation.deadline_ms,
            "requestId": invocation.request_id,
            "invokedFunctionArn": invocation.function_arn or self._loaded_function.arn,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": invocation.trace_id},
        }
        for extension in self._extensions.values():
            extension.put(event)

    async def wait_idle(self) -> None:
        """Wait until each extension that gets INVOKE events waits for its next event."""
        for extension in tuple(self._extensions.values()):
            await extension.wait_idle()

    def shut_down(self, reason: str) -> bool:
        """Send SHUTDOWN to the extensions that registered for it; return whether there are any."""
        deadline_ms = int((time.time() + FUNCTION_SHUTDOWN_SECONDS) * 1000)
        event = {"eventType": "SHUTDOWN", "shutdownReason": reason, "deadlineMs": deadline_ms}
        has_recipient = [extension.put(event) for extension in self._extensions.values()]
        return True in has_recipient

    async def handle(self, endpoint: str, request: Request, respond: ResponseWriter) -> bool:
        """Serve a call, given as `METHOD PATH`; False if it is not of this API.

        Raises:
            ApiError: The call is rejected.
        """
        if endpoint == f"POST {_ROOT}register":
            await self._register(request, respond)
        elif endpoint == f"GET {_ROOT}event/next":
            extension = self._find_extension(request)
            extension.has_polled = True
            self._has_polled.set()
            await extension.send_next_event(request, respond)
        elif endpoint in (f"POST {_ROOT}init/error", f"POST {_ROOT}exit/error"):
            self._find_extension(request)
            await send_json_response(respond, 202, {"status": "OK"})
        else:
            return False
        return True

    async def _register(self, request: Request, respond: ResponseWriter) -> None:
        name = get_header(request.headers, "Lambda-Extension-Name")
        if not name:
            raise ApiError(403, "Extension.InvalidExtensionName", "Lambda-Extension-Name is empty")
        events = parse_json_object(await read_body(request)).get("events") or []
        allowed = _EVENTS if name in self._external else {"INVOKE"}
        if not isinstance(events, list) or (unknown := [e for e in events if e not in allowed]):
            message = f"{unknown} cannot be registered for"
            raise ApiError(403, "Extension.InvalidEventType", message)
        if any(extension.name == name for extension in self._extensions.values()):
            message = f"{name} has registered already"
            raise ApiError(403, "Extension.InvalidExtensionState", message)
        identifier = str(uuid.uuid4())
        self._extensions[identifier] = _Extension(name, frozenset(events))
        about = {
            "functionName": self._loaded_function.name,
            "functionVersion": self._loaded_function.version,
            "handler": self._loaded_function.function.handler or "",
        }
        await send_json_response(respond, 200, about, [("Lambda-Extension-Identifier", identifier)])

    def _find_extension(self, request: Request) -> _Extension:
        identifier = get_header(request.headers, "Lambda-Extension-Identifier")
        if not identifier:
            message = "Lambda-Extension-Identifier is missing"
            raise ApiError(403, "Extension.MissingExtensionIdentifier", message)
        if not _UUID.fullmatch(identifier):
            message = "Lambda-Extension-Identifier is not a UUID"
            raise ApiError(403, "Extension.InvalidExtensionIdentifier", message)
        if identifier not in self._extensions:
            message = f"no extension has registered as {identifier}"
            raise ApiError(403, "Extension.UnknownExtensionIdentifier", message)
        return self._extensions[identifier]


class _Extension:
    """A registered extension and the events that it has not fetched yet."""

    def __init__(self, name: str, events: frozenset[str]) -> None:
        self.name = name
        self.has_polled = False
        self._events = events
        self._queue: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self._is_idle = asyncio.Event()

    async def wait_idle(self) -> None:
        """Wait until it asks for its next event, with none left to fetch."""
        if "INVOKE" in self._events:
            await self._is_idle.wait()

    def put(self, event: Mapping[str, Any]) -> bool:
        """Queue an event if the extension registered for its type; whether it did."""
        is_registered = event["eventType"] in self._events
        if is_registered:
            self._is_idle.clear()
            self._queue.put_nowait(event)
        return is_registered

    async def send_next_event(self, request: Request, respond: ResponseWriter) -> None:
        """Respond with the next event; waits for it."""
        if self._queue.empty():
            self._is_idle.set()
        event = await wait_for_item(request, self._queue)
        if event is not None:
            identifier = ("Lambda-Extension-Event-Identifier", str(uuid.uuid4()))
            await send_json_response(respond, 200, event, [identifier])
