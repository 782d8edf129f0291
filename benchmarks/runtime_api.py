"""A Runtime API that measures the responses of a runtime."""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Job:
    """One invocation, and the time of its response."""

    path: str
    sent: float = 0.0
    first: float = 0.0
    last: float = 0.0
    late_ns: list[int] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


class RuntimeApi:
    """Serves each connection in its thread, so that no switch between threads is measured."""

    def __init__(self, *, acks_at_once: bool) -> None:
        self._acks_at_once = acks_at_once
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._jobs: list[Job] = []
        self._sent_jobs: list[Job] = []
        self._ready = threading.Condition()
        self._closed = False
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def run(self, jobs: list[Job], timeout: float = 60) -> None:
        with self._ready:
            self._jobs += jobs
            self._ready.notify_all()
        if not jobs[-1].done.wait(timeout):
            raise TimeoutError(f"no response to {jobs[-1].path}")

    def close(self) -> None:
        with self._ready:
            if self._closed:
                return
            self._closed = True
            self._ready.notify_all()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            while head := self._read_head(connection):
                request_head, body = head
                if b"/extension/register" in request_head:
                    extra = b"Lambda-Extension-Identifier: 1\r\n"
                    connection.sendall(_format_response(b'{"functionName":"f"}', extra))
                elif b"/extension/event/next" in request_head:
                    self._wait_until_closed()
                    return
                elif b"/invocation/next" in request_head:
                    if not self._send_event(connection):
                        return
                else:
                    self._read_response(connection, body)
                    connection.sendall(_format_response(b'{"status":"OK"}', status=b"202 Accepted"))
        except OSError:
            return

    def _receive(self, connection: socket.socket, buffer: memoryview) -> int:
        count = connection.recv_into(buffer)
        if self._acks_at_once:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        if not count:
            raise ConnectionResetError
        return count

    def _read_head(self, connection: socket.socket) -> tuple[bytes, bytes]:
        data = b""
        buffer = memoryview(bytearray(65536))
        while b"\r\n\r\n" not in data:
            data += buffer[: self._receive(connection, buffer)]
        head, body = data.split(b"\r\n\r\n", 1)
        if b"POST" in head and b"chunked" not in head.lower():
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            while len(body) < length:
                body += buffer[: self._receive(connection, buffer)]
        return head, body

    def _send_event(self, connection: socket.socket) -> bool:
        with self._ready:
            self._ready.wait_for(lambda: self._jobs or self._closed)
            if self._closed:
                return False
            job = self._jobs.pop(0)
            self._sent_jobs.append(job)
        event = json.dumps(
            {
                "httpMethod": "GET",
                "path": job.path,
                "headers": {"host": "x"},
                "multiValueHeaders": {"host": ["x"]},
                "queryStringParameters": None,
                "multiValueQueryStringParameters": None,
                # The adapter recognizes a request only if the event has all of these members.
                "requestContext": {
                    "accountId": "1",
                    "resourceId": "r",
                    "apiId": "a",
                    "stage": "s",
                    "requestId": "i",
                    "resourcePath": "/{proxy+}",
                    "path": job.path,
                    "httpMethod": "GET",
                    "protocol": "HTTP/1.1",
                    "requestTimeEpoch": 1,
                    "identity": {"sourceIp": "192.0.2.7", "userAgent": "bench"},
                },
                "body": None,
                "isBase64Encoded": False,
                "resource": "/{proxy+}",
            }
        ).encode()
        deadline = int(time.time() * 1000) + 60_000
        headers = (
            f"Lambda-Runtime-Aws-Request-Id: {id(job)}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {deadline}\r\n"
            "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:1:function:f\r\n"
            "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\r\n"
        )
        job.sent = job.sent or time.perf_counter()
        connection.sendall(_format_response(event, headers.encode()))
        return True

    def _read_response(self, connection: socket.socket, data: bytes) -> None:
        """Read a response to its end, and record only its first byte and its last chunk."""
        job = self._sent_jobs.pop(0)
        start = data
        buffer = memoryview(bytearray(1 << 20))
        while b"x" not in start.partition(b"\0" * 8)[2]:
            start += buffer[: self._receive(connection, buffer)]
        job.first = time.perf_counter()
        tail = start[-5:]
        stamps = start.partition(b"\0" * 8)[2]
        while tail != b"0\r\n\r\n":
            if job.path == "/late":
                stamps = _record_delays(stamps, job.late_ns)
            count = self._receive(connection, buffer)
            tail = (tail + bytes(buffer[max(0, count - 5) : count]))[-5:]
            if job.path == "/late":
                stamps += buffer[:count]
        # The data that arrived with the end.
        _record_delays(stamps, job.late_ns)
        job.last = time.perf_counter()
        job.done.set()

    def _wait_until_closed(self) -> None:
        with self._ready:
            self._ready.wait_for(lambda: self._closed)


def _record_delays(stamps: bytes, late_ns: list[int]) -> bytes:
    """Record the delay of each complete timestamp; return the rest of the data."""
    now = time.monotonic_ns()
    *complete, incomplete = stamps.split(b">")
    late_ns += [now - int(stamp.rpartition(b"x")[2]) for stamp in complete]
    return incomplete


def _format_response(body: bytes, headers: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
        status,
        headers,
        len(body),
        body,
    )
