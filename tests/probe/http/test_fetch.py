"""One request over real sockets, to servers whose responses a test sets."""

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
def scripted_server() -> Iterator[Serve]:
    """Serves one connection: writes the given bytes, sleeps the given seconds, then closes.

    No sleep outlasts the test.
    """
    ended = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(10)
    threads = []

    def respond(script: list[bytes | float]) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            for step in script:
                if isinstance(step, bytes):
                    connection.sendall(step)
                else:
                    ended.wait(step)

    def serve(script: list[bytes | float]) -> str:
        threads.append(threading.Thread(target=respond, args=(script,)))
        threads[-1].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/prod/stream?format=text"

    yield serve
    ended.set()
    for thread in threads:
        thread.join(timeout=15)
    listening.close()


def fetch_response(url: str, **patience: float) -> Response:
    return fetch(Request(url), Timeouts(**{"timeout": 10, **patience}))  # type: ignore[arg-type]  # numbers


class RecordingObserver(ProgressListener):
    def __init__(self) -> None:
        self.heads: list[tuple[int, float]] = []
        self.times: list[float] = []

    def on_head(self, status: int, at: float, headers: tuple[tuple[str, str], ...]) -> None:
        assert ("Content-Type", "text/plain") in headers
        self.heads.append((status, at))

    def on_arrival(self, arrival: Arrival) -> None:
        assert arrival.data
        self.times.append(time.monotonic())


def test_each_chunk_is_reported_when_it_arrives(scripted_server: Serve) -> None:
    """The observer receives head and arrivals during the response."""
    watcher = RecordingObserver()
    url = scripted_server(
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
    assert watcher.times[2] - watcher.times[0] > 0.25
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
def test_a_truncated_body_is_an_error(scripted_server: Serve, script: list[bytes | float]) -> None:
    """With any framing, a stream without its end is not complete."""
    response = fetch_response(scripted_server(script))

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
def test_each_kind_of_invalid_response_has_an_error(
    scripted_server: Serve, script: list[bytes | float], fault: TransportErrorKind
) -> None:
    """A server that closes, and one with another protocol."""
    response = fetch_response(scripted_server(script))

    assert (response.status, response.error_kind) == (0, fault)
    assert "127.0.0.1" in (response.error or "")


def test_a_refused_connection_is_an_error() -> None:
    """The error has words, and the status is 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        response = fetch_response(f"http://127.0.0.1:{probe.getsockname()[1]}")

    assert (response.status, response.error_kind) == (0, TransportErrorKind.CONNECTION_REFUSED)
    assert response.timeline.arrivals == ()
    assert "onnect" in (response.error or "")


def test_an_unknown_host_is_an_error() -> None:
    """The name never resolves."""
    assert fetch_response("http://nowhere.invalid/").error_kind is TransportErrorKind.UNKNOWN_HOST


@pytest.mark.parametrize("step", [b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", 30])
def test_a_server_without_tls_is_a_tls_error(
    step: bytes | float, scripted_server: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It responds to https without TLS, or waits for the end of a request."""
    monkeypatch.setattr("streaming_construct.probe.http.fetch._CONNECT_TIMEOUT_SECONDS", 0.2)
    url = scripted_server([step])

    assert fetch_response(url.replace("http:", "https:")).error_kind is TransportErrorKind.TLS


def test_a_silent_stream_times_out(scripted_server: Serve) -> None:
    """No request waits longer than its timeout."""
    response = fetch_response(scripted_server([HEAD, b"4\r\none\n\r\n", 30]), timeout=0.4)

    assert response.timeline.body == b"one\n"
    assert response.error_kind is TransportErrorKind.READ_TIMEOUT
    assert response.timeline.total < 10


@pytest.mark.parametrize("script", [[30], [HEAD, 30], [HEAD, b"4\r\none\n\r\n", 30]])
def test_a_request_stops_after_the_given_duration(
    scripted_server: Serve, script: list[bytes | float]
) -> None:
    """This is no error."""
    response = fetch_response(scripted_server(script), max_duration=0.4)

    assert (response.error_kind, response.error) == (TransportErrorKind.STOPPED, None)
    assert 0.3 < response.timeline.total < 10


def certificate(folder: Path) -> Path:
    """Write a self-signed certificate for localhost, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(timezone.utc)
    signed = (
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
        + signed.public_bytes(Encoding.PEM)
    )
    return file


@pytest.mark.parametrize(("insecure", "fault"), [(False, TransportErrorKind.TLS), (True, None)])
def test_a_self_signed_certificate_is_accepted_with_the_option(
    insecure: bool, fault: TransportErrorKind | None, tmp_path: Path
) -> None:
    """It is never accepted by default."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def respond() -> None:
            with suppress(OSError):
                accepted, _ = listening.accept()
                with context.wrap_socket(accepted, server_side=True) as connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

        server = threading.Thread(target=respond)
        server.start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
        response = fetch(Request(url, insecure=insecure), Timeouts(timeout=10))
        server.join(timeout=15)

    assert response.error_kind is fault
    assert response.timeline.body == (b"hi" if insecure else b"")
