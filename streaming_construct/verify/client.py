"""Sends the requests of cases over plain sockets, so that every byte is visible."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from streaming_construct.verify.case import CaseRequest, Credential
from streaming_construct.verify.exchange import Exchange
from streaming_construct.verify.response_reader import ResponseReader
from streaming_construct.verify.target import Target

_READ_BYTES: Final = 64 * 1024
_CONNECT_SECONDS: Final = 20.0
_SCALED_TIME: Final = re.compile(rb'"\{ms:(\d+)\}"')


@dataclass(frozen=True)
class _Connection:
    """The connection of a request: a socket, and the time at which the request started."""

    socket: socket.socket
    started_at: float

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started_at


def send_request(target: Target, request: CaseRequest, timeout_seconds: float) -> Exchange:
    """Send a request on a new connection, and read the response to its end.

    A connection that fails is an exchange with an error, not an exception.

    Args:
        target: The API.
        request: The request.
        timeout_seconds: The longest time for the whole exchange. `read_seconds` of the request
            can be shorter.

    Raises:
        CredentialError: The target does not have the credential of the request.
    """
    url = urlsplit(target.url)
    data = build_request(target, request)
    reader = ResponseReader(request.method, request.path)
    limit = timeout_seconds if request.read_seconds is None else request.read_seconds
    started_at = time.monotonic()
    try:
        with _connect(url) as sock:
            connection = _Connection(sock, time.monotonic())
            started_at = connection.started_at
            _send(connection, data)
            error = _receive(connection, reader, limit)
    except OSError as failure:
        error = f"the connection failed: {failure}"
    return reader.end(time.monotonic() - started_at, error)


def build_request(target: Target, request: CaseRequest) -> bytes:
    """Return the bytes of a request.

    Raises:
        CredentialError: The target does not have the credential of the request.
    """
    url = urlsplit(target.url)
    if request.raw is not None:
        stage = url.path.strip("/").encode()
        return request.raw.replace(b"{host}", url.netloc.encode()).replace(b"{stage}", stage)
    body = None if request.body is None else _scale_times(request.body, target.time_scale)
    headers = [("Host", url.netloc), *request.headers]
    if request.credential is not Credential.NONE:
        full_url = f"{target.url}{request.path}"
        headers += target.credentials.create_headers(
            request.credential, request.method, full_url, body
        ).items()
    if body is not None:
        headers.append(("Content-Length", str(len(body))))
    lines = [f"{request.method} {url.path}{request.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def _scale_times(body: bytes, time_scale: float) -> bytes:
    return _SCALED_TIME.sub(lambda match: b"%d" % (int(match[1]) / time_scale), body)


@contextmanager
def _connect(url: SplitResult) -> Iterator[socket.socket]:
    is_tls = url.scheme == "https"
    host, port = url.hostname or "", url.port or (443 if is_tls else 80)
    with socket.create_connection((host, port), _CONNECT_SECONDS) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not is_tls:
            yield plain
            return
        context = ssl.create_default_context()
        with context.wrap_socket(plain, server_hostname=host) as secure:
            yield secure


def _send(connection: _Connection, data: bytes) -> None:
    """Send a request. A server may respond and close before it has read all of it."""
    try:
        connection.socket.sendall(data)
    except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
        return


def _receive(connection: _Connection, reader: ResponseReader, limit: float) -> str:
    """Read until the response or the connection ends; return why the client stopped reading."""
    while not reader.is_complete:
        remaining = limit - connection.elapsed
        if remaining <= 0:
            return f"the client stopped reading after {limit:g} s"
        connection.socket.settimeout(remaining)
        try:
            data = connection.socket.recv(_READ_BYTES)
        except TimeoutError:
            continue
        except (ConnectionResetError, ssl.SSLError):
            return "the server reset the connection"
        if not data:
            return ""
        reader.feed(data, connection.elapsed)
    return ""
