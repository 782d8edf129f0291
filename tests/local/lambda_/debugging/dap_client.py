"""A client of the Debug Adapter Protocol, in place of an editor.

https://microsoft.github.io/debug-adapter-protocol/
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SECONDS = 60


class DapClient:
    """A connection to a debug adapter. Events that no call waits for are stored in order."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rwb")
        self._sequence = 0
        self._events: list[dict[str, Any]] = []

    def send(self, command: str, **arguments: Any) -> int:
        """Send a request, and return its number."""
        self._sequence += 1
        request = {
            "seq": self._sequence,
            "type": "request",
            "command": command,
            "arguments": arguments,
        }
        body = json.dumps(request).encode()
        self._stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._stream.flush()
        return self._sequence

    def response(self, number: int) -> dict[str, Any]:
        """Wait for the response to a request, and return its body."""
        while True:
            message = self._read()
            if message["type"] == "event":
                self._events.append(message)
            elif message.get("request_seq") == number:
                assert message["success"], message
                body: dict[str, Any] = message.get("body") or {}
                return body

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a request, and return the body of its response."""
        return self.response(self.send(command, **arguments))

    def event(self, name: str) -> dict[str, Any]:
        """Wait for an event, and return its body."""
        while True:
            for event in self._events:
                if event["event"] == name:
                    self._events.remove(event)
                    body: dict[str, Any] = event.get("body") or {}
                    return body
            message = self._read()
            if message["type"] == "event":
                self._events.append(message)

    def attach(self, breakpoints: dict[str, list[int]], *, condition: str = "True") -> None:
        """Attach to the program, set breakpoints by file and line, and let it run."""
        self.request("initialize", adapterID="test", pathFormat="path", linesStartAt1=True)
        attached = self.send("attach", justMyCode=False)
        self.event("initialized")
        for file, lines in breakpoints.items():
            response = self.request(
                "setBreakpoints",
                source={"path": file},
                breakpoints=[{"line": line, "condition": condition} for line in lines],
            )
            assert len(response["breakpoints"]) == len(lines)
        self.request("configurationDone")
        self.response(attached)

    def variables(self, thread: int) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the innermost frame of a thread that has stopped, and its local variables."""
        (frame, *_) = self.request("stackTrace", threadId=thread)["stackFrames"]
        scopes = self.request("scopes", frameId=frame["id"])["scopes"]
        reference = scopes[0]["variablesReference"]
        variables = self.request("variables", variablesReference=reference)["variables"]
        return frame, {variable["name"]: variable["value"] for variable in variables}

    def _read(self) -> dict[str, Any]:
        length = 0
        while (line := self._stream.readline().strip()) or not length:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: dict[str, Any] = json.loads(self._stream.read(length))
        return message


@contextmanager
def connect_debugger(port: int) -> Iterator[DapClient]:
    """Connect to an adapter as soon as it listens."""
    ends = time.monotonic() + _SECONDS
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)
            break
        except OSError:
            assert time.monotonic() < ends, f"nothing listens on port {port}"
            time.sleep(0.1)
    with connection:
        yield DapClient(connection)
