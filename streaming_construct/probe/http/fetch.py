"""`fetch`: send one request and record each read of the response body."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass, field
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    RemoteDisconnected,
)
from typing import Final

from streaming_construct.probe.http.request import Request
from streaming_construct.probe.http.response import Response, TransportErrorKind
from streaming_construct.probe.http.timeline import Arrival, Timeline

_READ_BYTES: Final = 65_536
_CONNECT_TIMEOUT_SECONDS: Final = 15.0


class ProgressListener:
    """Receives events of a request while it runs. This base class ignores them."""

    def on_head(self, status: int, at: float, headers: tuple[tuple[str, str], ...]) -> None:
        """Handle status and headers, which arrived `at` seconds after the request."""

    def on_arrival(self, arrival: Arrival) -> None:
        """Handle an arrival of body data."""


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Time limits of a request.

    Args:
        timeout: Maximum seconds between two bytes. Default: 30.
        max_duration: Maximum seconds in all. Default: until the response ends.
        interruptible: Whether Ctrl-C ends the request with the data received so far. Default:
            False, Ctrl-C raises KeyboardInterrupt.
    """

    timeout: float = 30.0
    max_duration: float | None = None
    interruptible: bool = False


@dataclass
class _ResponseBuilder:
    """The data received so far."""

    started_at: float = field(default_factory=time.monotonic)
    connect: float | None = None
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = ""
    head: float | None = None
    arrivals: list[Arrival] = field(default_factory=list)

    def measure_elapsed_seconds(self) -> float:
        return time.monotonic() - self.started_at

    def build(self, kind: TransportErrorKind | None = None, error: str | None = None) -> Response:
        timeline = Timeline(tuple(self.arrivals), self.measure_elapsed_seconds(), self.head)
        return Response(
            self.status,
            self.content_type,
            timeline,
            error,
            kind,
            self.headers,
            self.connect or 0.0,
        )


def fetch(
    request: Request,
    timeouts: Timeouts | None = None,
    listener: ProgressListener | None = None,
) -> Response:
    """Send a request on a new connection. A transport error is part of the response.

    The clock starts when the connection is established, before the request is sent.
    """
    timeouts, listener = timeouts or Timeouts(), listener or ProgressListener()
    builder = _ResponseBuilder()
    connection = _create_connection(request)
    try:
        connection.connect()
        sock = connection.sock
        builder.connect = builder.measure_elapsed_seconds()
        builder.started_at = time.monotonic()
        _read(connection, sock, request, timeouts, listener, builder)
    except KeyboardInterrupt:
        if not timeouts.interruptible:
            raise
        return builder.build(TransportErrorKind.INTERRUPTED, "interrupted")
    except (OSError, HTTPException) as error:
        kind = (
            _classify_connect_error(error, is_handshake=request.is_secure and bool(connection.sock))
            if builder.connect is None
            else _classify_error(error, builder, timeouts)
        )
        return builder.build(kind, None if kind.is_intentional else _format_error(error, request))
    finally:
        connection.close()
    return builder.build()


def _create_connection(request: Request) -> HTTPConnection:
    timeout = _CONNECT_TIMEOUT_SECONDS
    if not request.is_secure:
        return HTTPConnection(request.host, request.port, timeout=timeout)
    context = ssl.create_default_context()
    if request.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return HTTPSConnection(request.host, request.port, timeout=timeout, context=context)


def _read(
    connection: HTTPConnection,
    sock: socket.socket,
    request: Request,
    timeouts: Timeouts,
    listener: ProgressListener,
    builder: _ResponseBuilder,
) -> None:
    """Send the request, and read the response to its end.

    Raises:
        OSError, HTTPException: The response is missing or incomplete.
    """

    def set_timeout() -> None:
        remaining = timeouts.timeout
        if timeouts.max_duration is not None:
            remaining = min(remaining, timeouts.max_duration - builder.measure_elapsed_seconds())
            if remaining <= 0:
                raise TimeoutError
        sock.settimeout(remaining)

    set_timeout()
    connection.request(request.method, request.target, request.body, dict(request.headers))
    set_timeout()
    response = connection.getresponse()
    builder.head = builder.measure_elapsed_seconds()
    builder.status, builder.headers = response.status, tuple(response.headers.items())
    builder.content_type = response.headers.get("Content-Type", "")
    listener.on_head(builder.status, builder.head, builder.headers)
    set_timeout()
    # read1 returns the available data; read would wait for all of the requested bytes.
    while data := response.read1(_READ_BYTES):
        arrival = Arrival(builder.measure_elapsed_seconds(), data)
        builder.arrivals.append(arrival)
        listener.on_arrival(arrival)
        set_timeout()
    _check_length(response)


def _check_length(response: HTTPResponse) -> None:
    """Check that a body has its announced length. read1 does not check it.

    Raises:
        ConnectionError: Bytes are missing.
    """
    if response.length:
        raise ConnectionError(f"{response.length} bytes of the announced length are missing")


def _classify_error(
    error: OSError | HTTPException, builder: _ResponseBuilder, timeouts: Timeouts
) -> TransportErrorKind:
    if isinstance(error, TimeoutError):
        limit = timeouts.max_duration
        is_over = limit is not None and builder.measure_elapsed_seconds() >= limit
        return TransportErrorKind.STOPPED if is_over else TransportErrorKind.READ_TIMEOUT
    if builder.status:
        return TransportErrorKind.TRUNCATED
    if isinstance(error, ssl.SSLError):
        return TransportErrorKind.TLS
    # RemoteDisconnected is an OSError and an HTTPException.
    if isinstance(error, HTTPException) and not isinstance(error, RemoteDisconnected):
        return TransportErrorKind.NOT_HTTP
    return TransportErrorKind.CLOSED


def _classify_connect_error(
    error: OSError | HTTPException, *, is_handshake: bool
) -> TransportErrorKind:
    if isinstance(error, socket.gaierror):
        return TransportErrorKind.UNKNOWN_HOST
    if isinstance(error, ConnectionRefusedError):
        return TransportErrorKind.CONNECTION_REFUSED
    # A server without our TLS can also reset the connection, or wait for more bytes.
    return TransportErrorKind.TLS if is_handshake else TransportErrorKind.UNREACHABLE


def _format_error(error: OSError | HTTPException, request: Request) -> str:
    """Format an error with the address of the connection."""
    if isinstance(error, ssl.SSLCertVerificationError):
        message = error.verify_message
    elif isinstance(error, OSError) and error.strerror:
        message = error.strerror
    else:
        message = str(error)
    name = type(error).__name__
    return f"{request.host}:{request.port}: {name}{f': {message}' if message else ''}"
