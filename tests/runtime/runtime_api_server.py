"""A Runtime API on a loopback socket that records the received bytes with their times."""

from __future__ import annotations

import base64
import contextlib
import json
import queue
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

DELIMITER = b"\0" * 8


@dataclass
class Recorded:
    """One request of the runtime, its body as it arrived."""

    method: str
    path: str
    headers: dict[str, list[str]]
    chunks: list[tuple[float, bytes]] = field(default_factory=list)
    """Each chunk of the body and the time of its arrival, without HTTP framing."""
    reads: list[float] = field(default_factory=list)
    """When the socket gave anything of this request."""
    trailers: dict[str, str] = field(default_factory=dict)
    is_complete: bool = False
    started: float = 0.0
    finished: float = 0.0

    @property
    def body(self) -> bytes:
        return b"".join(data for _, data in self.chunks)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def prelude(self) -> Any:
        assert DELIMITER in self.body, f"{self.path} without a prelude: {self.body[:2000]!r}"
        return json.loads(self.body.split(DELIMITER, 1)[0])

    @property
    def payload(self) -> bytes:
        """The body after the prelude."""
        assert DELIMITER in self.body, f"{self.path} without a prelude: {self.body[:2000]!r}"
        return self.body.split(DELIMITER, 1)[1]

    @property
    def trailer_error(self) -> Any:
        return json.loads(base64.b64decode(self.trailers["lambda-runtime-function-error-body"]))

    def arrival(self, chunk: bytes) -> float:
        """Return when the last byte of the first occurrence of the bytes had arrived."""
        received = b""
        for at, data in self.chunks:
            received += data
            if chunk in received:
                return at
        raise AssertionError(f"{chunk!r} never arrived in {received[:200]!r}")


class Reader:
    """Reads one connection, and records when bytes arrive."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._data = b""
        self.read_at: list[float] = []

    def more(self) -> None:
        data = self._connection.recv(65536)
        if not data:
            raise ConnectionError
        self.read_at.append(time.monotonic())
        self._data += data

    def line(self) -> bytes:
        while b"\r\n" not in self._data:
            self.more()
        line, self._data = self._data.split(b"\r\n", 1)
        return line

    def some(self, most: int) -> bytes:
        if not self._data:
            self.more()
        chunk, self._data = self._data[:most], self._data[most:]
        return chunk


class RuntimeApiServer:
    """Sends the queued invocations, and records the responses.

    Every connection has a thread; everything ends with the `with` block.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._invocations: deque[tuple[dict[str, str], bytes]] = deque()
        self._invocations_changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._connections: list[socket.socket] = []
        self._is_closing = False
        self._count = 0
        self.responses: queue.Queue[Recorded] = queue.Queue()
        self.polls: list[float] = []
        self.connections = 0
        self.body_pause = 0.0
        """Seconds to wait before the body of the next response is read: a slow consumer."""
        self.break_after: int | None = None
        """Close the connection of the next response after this many bytes of its body."""
        self.closes_connections = False
        """End the connection after every reply, saying so."""
        self.drops_idle = False
        """Close the connection after each response, without a Connection header."""
        self.chunked_replies = False
        self.speaks_nonsense = False
        """Answer the next poll with what is not HTTP."""
        self.reply_status = 202
        self.restored = threading.Event()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every connection and thread."""
        if self._is_closing:
            return
        self._is_closing = True
        self.restored.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def invoke(self, event: object, **headers: str) -> str:
        """Queue an invocation; return its request id."""
        self._count += 1
        request_id = f"request-{self._count}"
        response_headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60_000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:1:function:f",
            "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        with self._invocations_changed:
            self._invocations.append((response_headers, body))
            self._invocations_changed.notify_all()
        return request_id

    def wait_for_response(self, timeout: float = 60) -> Recorded:
        """Wait for the next `/response` or error report, and return it."""
        return self.responses.get(timeout=timeout)

    def _start(self, target: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._is_closing:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.append(connection)
            self.connections += 1
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        reader = Reader(connection)
        with connection:
            try:
                while not self._is_closing:
                    request = self._read_head(reader)
                    if not self._handle(connection, reader, request):
                        return
            except (ConnectionError, OSError):
                return

    def _read_head(self, reader: Reader) -> Recorded:
        method, path, _ = reader.line().decode().split(" ")
        headers: dict[str, list[str]] = {}
        while line := reader.line():
            name, _, value = line.decode("latin-1").partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        at = reader.read_at[-1]
        return Recorded(method, path, headers, reads=reader.read_at[-1:], started=at)

    def _handle(self, connection: socket.socket, reader: Reader, request: Recorded) -> bool:
        if request.path.endswith("/invocation/next"):
            self.polls.append(time.monotonic())
            headers, body = self._next(connection)
            if self.speaks_nonsense:
                connection.sendall(b"220 mail.example ESMTP\r\n\r\n")
                return False
            return self._reply(connection, 200, body, headers)
        if request.path.endswith("/restore/next"):
            self.responses.put(request)
            self.restored.wait(10)
            return self._reply(connection, 200, b"")
        reader.read_at.clear()
        try:
            self._read_body(reader, request)
            request.is_complete = True
        finally:
            request.finished = time.monotonic()
            request.reads += reader.read_at
            self.responses.put(request)
        is_kept = self._reply(connection, self.reply_status, b'{"status":"OK"}')
        return is_kept and not self.drops_idle

    def _next(self, connection: socket.socket) -> tuple[dict[str, str], bytes]:
        """Return the next invocation; a poll of a process that has ended gets none.

        The check and the removal are one step: the system has closed the sockets of a process
        before anyone who waits for the process learns of its end.
        """
        with self._invocations_changed:
            while not self._is_closing and is_open(connection):
                if self._invocations:
                    return self._invocations.popleft()
                self._invocations_changed.wait(0.02)
        raise ConnectionError

    def _read_body(self, reader: Reader, request: Recorded) -> None:
        if request.headers.get("transfer-encoding") != ["chunked"]:
            remaining = int(request.headers["content-length"][0])
            while remaining:
                remaining -= self._take(reader, request, remaining)
            return
        pause, self.body_pause = self.body_pause, 0.0
        time.sleep(pause)
        while size := int(reader.line(), 16):
            while size:
                size -= self._take(reader, request, size)
            reader.line()
        while line := reader.line():
            name, _, value = line.decode().partition(":")
            request.trailers[name.lower()] = value.strip()

    def _take(self, reader: Reader, request: Recorded, most: int) -> int:
        chunk = reader.some(most)
        request.chunks.append((time.monotonic(), chunk))
        if self.break_after is not None and len(request.body) >= self.break_after:
            self.break_after = None
            raise ConnectionError("broken on purpose")
        return len(chunk)

    def _reply(
        self,
        connection: socket.socket,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
    ) -> bool:
        lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if self.closes_connections:
            lines.append("Connection: close")
        if self.chunked_replies:
            lines.append("Transfer-Encoding: chunked")
            half = len(body) // 2
            chunks = [chunk for chunk in (body[:half], body[half:]) if chunk]
            body = (
                b"".join(b"%x;x=y\r\n%b\r\n" % (len(p), p) for p in chunks) + b"0\r\nA: b\r\n\r\n"
            )
        else:
            lines.append(f"Content-Length: {len(body)}")
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return not self.closes_connections


def is_open(connection: socket.socket) -> bool:
    """Return whether the peer has neither closed the connection nor reset it."""
    try:
        return bool(connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return True
    except OSError:
        return False
