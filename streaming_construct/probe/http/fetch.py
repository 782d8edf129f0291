"""One request over a socket, each arrival of the body reported the moment it is read."""

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

from streaming_construct.probe.http.request import Request
from streaming_construct.probe.http.response import Response, TransportErrorKind
from streaming_construct.probe.http.timeline import Arrival, Timeline

_READ_BYTES = 65_536
_CONNECT_SECONDS = 15.0


class ProgressListener:
    """Is told what happens while it happens; this one keeps it to itself."""

    def head(self, status: int, at: float, headers: tuple[tuple[str, str], ...]) -> None:
        """Status and headers came, `at` seconds after the request was sent."""

    def arrival(self, arrival: Arrival) -> None:
        """A piece of the body came."""


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long to wait.

    Args:
        timeout: Seconds to wait for the next byte. Default: 30.
        duration: Seconds to watch at most in all. Default: to the end.
        interruptible: Whether Ctrl-C ends the watching with what has come, instead of raising
            KeyboardInterrupt. Default: it raises.
    """

    timeout: float = 30.0
    max_duration: float | None = None
    interruptible: bool = False


@dataclass
class _ResponseBuilder:
    """What has come so far."""

    started: float = field(default_factory=time.monotonic)
    connect: float | None = None
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = ""
    head: float | None = None
    arrivals: list[Arrival] = field(default_factory=list)

    def seconds(self) -> float:
        return time.monotonic() - self.started

    def response(self, fault: TransportErrorKind | None, error: str | None) -> Response:
        timeline = Timeline(tuple(self.arrivals), self.seconds(), self.head)
        return Response(
            self.status,
            self.content_type,
            timeline,
            error,
            fault,
            self.headers,
            self.connect or 0.0,
        )


def fetch(
    request: Request, patience: Timeouts | None = None, watcher: ProgressListener | None = None
) -> Response:
    """Make a request on a connection of its own; what goes wrong is in the response.

    The clock starts when the connection stands, right before the request is sent.
    """
    patience, watcher = patience or Timeouts(), watcher or ProgressListener()
    exchange = _ResponseBuilder()
    connection = _connection(request)
    try:
        connection.connect()
        sock = connection.sock
        exchange.connect = exchange.seconds()
        exchange.started = time.monotonic()
        _read(connection, sock, request, patience, watcher, exchange)
    except KeyboardInterrupt:
        if not patience.interruptible:
            raise
        return exchange.response(TransportErrorKind.INTERRUPTED, "interrupted")
    except (OSError, HTTPException) as problem:
        fault = (
            _fault_of_connecting(problem, secure=request.secure)
            if exchange.connect is None
            else _fault(problem, exchange, patience)
        )
        return exchange.response(
            fault, None if fault.is_intentional else _format_error(problem, request)
        )
    finally:
        connection.close()
    return exchange.response(None, None)


def _connection(request: Request) -> HTTPConnection:
    if not request.secure:
        return HTTPConnection(request.host, request.port, timeout=_CONNECT_SECONDS)
    trust = ssl.create_default_context()
    if request.insecure:
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
    return HTTPSConnection(request.host, request.port, timeout=_CONNECT_SECONDS, context=trust)


def _read(
    connection: HTTPConnection,
    sock: socket.socket,
    request: Request,
    patience: Timeouts,
    watcher: ProgressListener,
    exchange: _ResponseBuilder,
) -> None:
    """Send the request, and read the answer to its end.

    Raises:
        OSError, HTTPException: It did not come to its end.
    """

    def wait() -> None:
        left = patience.timeout
        if patience.max_duration is not None:
            left = min(left, patience.max_duration - exchange.seconds())
            if left <= 0:
                raise TimeoutError
        sock.settimeout(left)

    wait()
    connection.request(request.method, request.target, request.body, dict(request.headers))
    wait()
    response = connection.getresponse()
    exchange.head = exchange.seconds()
    exchange.status, exchange.headers = response.status, tuple(response.headers.items())
    exchange.content_type = response.headers.get("Content-Type", "")
    watcher.head(exchange.status, exchange.head, exchange.headers)
    wait()
    # read1 returns what is there; read would wait until it has all it was asked for.
    while data := response.read1(_READ_BYTES):
        exchange.arrivals.append(Arrival(exchange.seconds(), data))
        watcher.arrival(exchange.arrivals[-1])
        wait()
    _check_length(response)


def _check_length(response: HTTPResponse) -> None:
    """Check that a body of announced length is whole, which read1 does not.

    Raises:
        ConnectionError: Something is missing.
    """
    if response.length:
        raise ConnectionError(f"{response.length} bytes are missing of the announced length")


def _fault(
    problem: OSError | HTTPException, exchange: _ResponseBuilder, patience: Timeouts
) -> TransportErrorKind:
    if isinstance(problem, TimeoutError):
        over = patience.max_duration is not None and exchange.seconds() >= patience.max_duration
        return TransportErrorKind.STOPPED if over else TransportErrorKind.SILENT
    if exchange.status:
        return TransportErrorKind.BROKE_OFF
    if isinstance(problem, ssl.SSLError):
        return TransportErrorKind.TLS
    # RemoteDisconnected is of both kinds.
    if isinstance(problem, HTTPException) and not isinstance(problem, RemoteDisconnected):
        return TransportErrorKind.NOT_HTTP
    return TransportErrorKind.CLOSED


def _fault_of_connecting(problem: OSError | HTTPException, *, secure: bool) -> TransportErrorKind:
    if isinstance(problem, socket.gaierror):
        return TransportErrorKind.UNKNOWN_HOST
    if isinstance(problem, ssl.SSLError):
        return TransportErrorKind.TLS
    if isinstance(problem, ConnectionRefusedError):
        return TransportErrorKind.CONNECTION_REFUSED
    # A server that hangs up on a handshake speaks no TLS, or not with us.
    hung_up = secure and isinstance(problem, ConnectionResetError)
    return TransportErrorKind.TLS if hung_up else TransportErrorKind.UNREACHABLE


def _format_error(problem: OSError | HTTPException, request: Request) -> str:
    """Say a problem in one line, with the address it happened at."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        words = problem.verify_message
    elif isinstance(problem, OSError) and problem.strerror:
        words = problem.strerror
    else:
        words = str(problem)
    name = type(problem).__name__
    return f"{request.host}:{request.port}: {name}{f': {words}' if words else ''}"
