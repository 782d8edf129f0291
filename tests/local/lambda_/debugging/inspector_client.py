"""A client of Node.js's inspector, in place of an editor: the Chrome DevTools Protocol on
WebSocket.

https://chromedevtools.github.io/devtools-protocol/
https://www.rfc-editor.org/rfc/rfc6455
"""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

_SECONDS = 60
_FINAL_TEXT, _TEXT, _FINAL = 0x81, 0x1, 0x80


class InspectorClient:
    """A connection to the inspector. Events that no call waits for are stored in order."""

    def __init__(self, connection: socket.socket, path: str) -> None:
        self._stream = connection.makefile("rwb")
        self._number = 0
        self._events: list[dict[str, Any]] = []
        self._stream.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
        )
        self._stream.flush()
        assert b" 101 " in self._stream.readline()
        while self._stream.readline().strip():
            pass

    def request(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command, and return its result."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": parameters})
        while True:
            message = self._read()
            if message.get("id") == self._number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self._events.append(message)

    def event(self, method: str) -> dict[str, Any]:
        """Wait for an event, and return its parameters."""
        while True:
            for event in self._events:
                if event.get("method") == method:
                    self._events.remove(event)
                    parameters: dict[str, Any] = event["params"]
                    return parameters
            self._events.append(self._read())

    def _send(self, message: dict[str, Any]) -> None:
        payload = json.dumps(message).encode()
        mask = os.urandom(4)
        size = len(payload)
        length = (
            bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack(">H", size)
        )
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self._stream.write(bytes([_FINAL_TEXT]) + length + mask + masked)
        self._stream.flush()

    def _read(self) -> dict[str, Any]:
        """Read a message, which may consist of several frames."""
        payload = b""
        while True:
            first, size = self._stream.read(2)
            if size == 126:
                (size,) = struct.unpack(">H", self._stream.read(2))
            elif size == 127:
                (size,) = struct.unpack(">Q", self._stream.read(8))
            payload += self._stream.read(size)
            if first & _FINAL:
                message: dict[str, Any] = json.loads(payload)
                return message


@contextmanager
def connect_inspector(port: int) -> Iterator[InspectorClient]:
    """Connect to the inspector on a port as soon as it listens."""
    ends = time.monotonic() + _SECONDS
    while True:
        try:
            (target,) = httpx.get(f"http://127.0.0.1:{port}/json/list", timeout=_SECONDS).json()
            break
        except httpx.TransportError:
            assert time.monotonic() < ends, f"nothing listens on port {port}"
            time.sleep(0.1)
    url = httpx.URL(target["webSocketDebuggerUrl"])
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
        yield InspectorClient(connection, url.path)
