"""One request over real sockets, to servers that do what a test asks for."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from streaming_construct.probe.http.fetch import ProgressListener, Timeouts, fetch
from streaming_construct.probe.http.request import Request
from streaming_construct.probe.http.response import Response, TransportErrorKind
from streaming_construct.probe.http.timeline import Arrival

Serve = Callable[[list[bytes | float]], str]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def answered_with() -> Iterator[Serve]:
    """Serves one connection: writes the given bytes, sleeps the given seconds, then closes.

    No sleep outlasts the test.
    """
    ended = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(10)
    threads = []

    def answer(script: list[bytes | float]) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            for step in script:
                if isinstance(step, bytes):
                    connection.sendall(step)
                else:
                    ended.wait(step)

    def serve(script: list[bytes | float]) -> str:
        threads.append(threading.Thread(target=answer, args=(script,)))
        threads[-1].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/prod/stream?format=text"

    yield serve
    ended.set()
    for thread in threads:
        thread.join(timeout=15)
    listening.close()


def asked(url: str, **patience: float) -> Response:
    return fetch(Request(url), Timeouts(**{"timeout": 10, **patience}))  # type: ignore[arg-type]  # numbers


class Noting(ProgressListener):
    def __init__(self) -> None:
        self.heads: list[tuple[int, float]] = []
        self.shown: list[float] = []

    def on_head(self, status: int, at: float, headers: tuple[tuple[str, str], ...]) -> None:
        assert ("Content-Type", "text/plain") in headers
        self.heads.append((status, at))

    def on_arrival(self, arrival: Arrival) -> None:
        assert arrival.data
        self.shown.append(time.monotonic())


def test_each_chunk_is_shown_when_it_arrives(answered_with: Serve) -> None:
    """Head and arrivals are told while the response is still under way."""
    watcher = Noting()
    url = answered_with(
        [HEAD, 0.1, b"4\r\none\n\r\n", 0.2, b"4\r\ntwo\n\r\n", 0.2, b"6\r\nthree\n\r\n0\r\n\r\n"]
    )

    response = fetch(Request(url), Timeouts(timeout=10), watcher)

    assert (response.status, response.content_type) == (200, "text/plain")
    assert (response.error, response.error_kind) == (None, None)
    assert [arrival.data for arrival in response.timeline.arrivals] == [
        b"one\n",
        b"two\n",
        b"three\n",
    ]
    assert all(gap > 0.1 for gap in response.timeline.gaps)
    assert watcher.shown[2] - watcher.shown[0] > 0.25
    assert response.timeline.head is not None
    assert response.timeline.first_byte is not None
    assert response.timeline.first_byte - response.timeline.head > 0.05


@pytest.mark.parametrize(
    "script",
    [
        [HEAD, b"4\r\none\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none\n"],
        [HEAD, b"4\r\none\n\r\nzz\r\n"],
    ],
    ids=["no last chunk", "length", "no chunk size"],
)
def test_a_body_that_breaks_off_is_an_error(
    answered_with: Serve, script: list[bytes | float]
) -> None:
    """A stream that lacks its end is not taken for a whole one, however it was framed."""
    response = asked(answered_with(script))

    assert response.timeline.body == b"one\n"
    assert response.error_kind is TransportErrorKind.TRUNCATED
    assert response.error


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ([], TransportErrorKind.CLOSED),
        ([b"SSH-2.0-OpenSSH_9.9\r\n"], TransportErrorKind.NOT_HTTP),
        ([b"\x15\x03\x03\x00\x02\x02\x46"], TransportErrorKind.NOT_HTTP),
        ([b"\x00" * 70_000], TransportErrorKind.NOT_HTTP),
    ],
    ids=["nothing", "SSH", "TLS", "no line"],
)
def test_what_is_no_answer_is_told_apart(
    answered_with: Serve, script: list[bytes | float], fault: TransportErrorKind
) -> None:
    """A server that hangs up, and one that speaks something else."""
    response = asked(answered_with(script))

    assert (response.status, response.error_kind) == (0, fault)
    assert "127.0.0.1" in (response.error or "")


def test_nobody_there_is_an_error() -> None:
    """A refused connection is told in words, with status 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        response = asked(f"http://127.0.0.1:{probe.getsockname()[1]}")

    assert (response.status, response.error_kind) == (0, TransportErrorKind.CONNECTION_REFUSED)
    assert response.timeline.arrivals == ()
    assert "onnect" in (response.error or "")


def test_a_host_that_there_is_not_is_an_error() -> None:
    """The name is one that never resolves."""
    assert asked("http://nowhere.invalid/").error_kind is TransportErrorKind.UNKNOWN_HOST


def test_a_server_without_tls_is_an_error_of_tls(answered_with: Serve) -> None:
    """Asked for https, it answers in clear text."""
    url = answered_with([b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"])

    assert asked(url.replace("http:", "https:")).error_kind is TransportErrorKind.TLS


def test_a_stream_that_falls_silent_is_given_up(answered_with: Serve) -> None:
    """No request waits longer than its timeout."""
    response = asked(answered_with([HEAD, b"4\r\none\n\r\n", 30]), timeout=0.4)

    assert response.timeline.body == b"one\n"
    assert response.error_kind is TransportErrorKind.READ_TIMEOUT
    assert response.timeline.total < 10


@pytest.mark.parametrize("script", [[30], [HEAD, 30], [HEAD, b"4\r\none\n\r\n", 30]])
def test_a_request_is_watched_for_as_long_as_asked_for(
    answered_with: Serve, script: list[bytes | float]
) -> None:
    """Then it is stopped, which is no error."""
    response = asked(answered_with(script), max_duration=0.4)

    assert (response.error_kind, response.error) == (TransportErrorKind.STOPPED, None)
    assert 0.3 < response.timeline.total < 10


def certificate(folder: Path) -> Path:
    """Write a certificate for localhost that nobody has signed but itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    return file


@pytest.mark.parametrize(("insecure", "fault"), [(False, TransportErrorKind.TLS), (True, None)])
def test_a_certificate_of_ones_own_is_taken_where_that_is_asked_for(
    insecure: bool, fault: TransportErrorKind | None, tmp_path: Path
) -> None:
    """Never by itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def answer() -> None:
            with suppress(OSError):
                accepted, _ = listening.accept()
                with context.wrap_socket(accepted, server_side=True) as connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

        server = threading.Thread(target=answer)
        server.start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
        response = fetch(Request(url, insecure=insecure), Timeouts(timeout=10))
        server.join(timeout=15)

    assert response.error_kind is fault
    assert response.timeline.body == (b"hi" if insecure else b"")
