"""`GET /media/{name}`: ranges of generated and of relayed media."""

import contextlib
import io
import socket
import wave
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Semaphore, Thread
from types import ModuleType

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.sample.web_server import app_server

WebModule = Callable[[str], ModuleType]
FILM = bytes(range(256)) * 4096 * 6  # 6 MiB


@pytest.fixture
def client(web_module: WebModule) -> TestClient:
    return TestClient(web_module("app").app)


def test_the_tone_is_a_wav_file(client: TestClient) -> None:
    """It has ten seconds, and its length."""
    respond = client.get("/media/tone.wav")

    with wave.open(io.BytesIO(respond.content)) as sound:
        assert sound.getnframes() / sound.getframerate() == 10
        assert len(set(sound.readframes(1000))) > 50
    assert respond.status_code == 200
    assert respond.headers["content-type"] == "audio/wav"
    assert respond.headers["accept-ranges"] == "bytes"
    assert int(respond.headers["content-length"]) == len(respond.content)


@pytest.mark.parametrize(
    ("range_header", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, 320_044),
        ("bytes=-44", 320_000, 320_044),
        ("bytes=320000-999999", 320_000, 320_044),
        ("bytes=0-0", 0, 1),
        ("bytes=-999999", 0, 320_044),
    ],
)
def test_a_range_has_the_requested_bytes(
    client: TestClient, range_header: str, start: int, end: int
) -> None:
    """A 206 has exactly those bytes. Its headers name them and the total size."""
    complete = client.get("/media/tone.wav").content

    respond = client.get("/media/tone.wav", headers={"Range": range_header})

    assert respond.status_code == 206
    assert respond.content == complete[start:end]
    assert respond.headers["content-range"] == f"bytes {start}-{end - 1}/320044"
    assert respond.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("range_header", ["bytes=320044-", "bytes=999999-1000000", "bytes=-0"])
def test_a_range_beyond_the_end_is_a_416(client: TestClient, range_header: str) -> None:
    """The 416 has the size."""
    respond = client.get("/media/tone.wav", headers={"Range": range_header})

    assert (respond.status_code, respond.content) == (416, b"")
    assert respond.headers["content-range"] == "bytes */320044"


@pytest.mark.parametrize(
    "range_header",
    ["bytes=0-1,5-6", "bytes=9-5", "bytes=-", "items=0-1", "bytes=a-", f"bytes={'9' * 5000}-"],
)
def test_a_header_without_one_valid_range_is_ignored(client: TestClient, range_header: str) -> None:
    """The app then sends the complete file, as RFC 9110 has it."""
    respond = client.get("/media/tone.wav", headers={"Range": range_header})

    assert respond.status_code == 200
    assert len(respond.content) == 320_044


def test_if_range_decides_between_range_and_complete_file(client: TestClient) -> None:
    """The current tag gets the range, any other tag gets the complete file."""
    tag = client.get("/media/tone.wav").headers["etag"]
    range_header = {"Range": "bytes=10-19"}

    same = client.get("/media/tone.wav", headers={**range_header, "If-Range": tag})
    other = client.get("/media/tone.wav", headers={**range_header, "If-Range": '"older"'})

    assert (same.status_code, other.status_code) == (206, 200)


@pytest.mark.parametrize("name", ["other.wav", ".env", "..%2Fapp.py", "%2Fetc%2Fpasswd"])
def test_unknown_names_and_paths_are_not_found(client: TestClient, name: str) -> None:
    """Neither unknown names nor relative paths lead to a file."""
    assert client.get(f"/media/{name}").status_code in (404, 422)


def test_long_ranges_are_bounded(web_module: WebModule) -> None:
    """The app sends the beginning of a range over 5 MiB, whether the size is known or not."""
    ranges = web_module("ranges")

    part = ranges.parse_range("bytes=100-", 50_000_000)

    assert (part.start, part.size) == (100, ranges.MAX_RANGE_BYTES)
    assert ranges.limit_range("bytes=100-") == f"bytes=100-{99 + ranges.MAX_RANGE_BYTES}"
    assert ranges.limit_range("bytes=100-200") == "bytes=100-200"
    assert ranges.limit_range("bytes=0-99999999") == f"bytes=0-{ranges.MAX_RANGE_BYTES - 1}"
    assert ranges.limit_range("bytes=-500") == "bytes=-500"


# Released for each byte of the slow file that the client received.
RECEIVED = Semaphore(0)


class Upstream(BaseHTTPRequestHandler):
    """A file server with ranges, and with several faults."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/films/moved.mp4":
            return self.respond(302, b"", Location="http://127.0.0.1:9/")
        if self.path == "/films/broken.mp4":
            return self.respond(500, b"stack trace")
        if self.path == "/films/slow.mp4":
            return self.drip()
        if self.path != "/films/film.mp4":
            return self.respond(404, b"no such film")
        range_header = self.headers.get("Range")
        if range_header is None:
            return self.respond(200, FILM)
        start, _, end = range_header.removeprefix("bytes=").partition("-")
        if int(start) >= len(FILM):
            return self.respond(416, b"", **{"Content-Range": f"bytes */{len(FILM)}"})
        part = FILM[int(start) : int(end) + 1]
        content_range = f"bytes {start}-{int(start) + len(part) - 1}/{len(FILM)}"
        return self.respond(206, part, **{"Content-Range": content_range})

    def respond(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "video/mp4", "X-Secret": "1", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        for _ in range(4):
            self.wfile.write(b"x")
            RECEIVED.acquire(timeout=60)  # the test fails if it waits for so long

    def log_message(self, *_: object) -> None:
        """Keep the test's output to itself."""


@pytest.fixture(scope="module")
def films() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/films/"
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture
def relay(films: str, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setenv("MEDIA_URL", films)
    return client


def test_a_complete_file_is_relayed(relay: TestClient) -> None:
    """It has its bytes, its type and its length, and no other headers of the upstream server."""
    respond = relay.get("/media/film.mp4")

    assert (respond.status_code, respond.content == FILM) == (200, True)
    assert respond.headers["content-type"] == "video/mp4"
    assert respond.headers["content-length"] == str(len(FILM))
    assert "x-secret" not in respond.headers


def test_a_player_gets_a_complete_file_by_ranges(relay: TestClient) -> None:
    """An open range gets no more at a time than Lambda sends without a bandwidth limit."""
    received, sizes = b"", []
    while len(received) < len(FILM):
        respond = relay.get("/media/film.mp4", headers={"Range": f"bytes={len(received)}-"})
        assert respond.status_code == 206
        end = len(received) + len(respond.content) - 1
        assert respond.headers["content-range"] == f"bytes {len(received)}-{end}/{len(FILM)}"
        received += respond.content
        sizes.append(len(respond.content))

    assert received == FILM
    assert sizes == [5 * 1024 * 1024, 1024 * 1024]


@pytest.mark.parametrize(
    ("name", "range_header", "status"),
    [
        ("film.mp4", "bytes=99999999-", 416),
        ("none.mp4", None, 404),
        ("moved.mp4", None, 502),
        ("broken.mp4", None, 502),
    ],
)
def test_only_media_are_relayed(
    relay: TestClient, name: str, range_header: str | None, status: int
) -> None:
    """Statuses stay. Bodies of error pages and redirects are not relayed."""
    respond = relay.get(f"/media/{name}", headers={"Range": range_header} if range_header else {})

    assert (respond.status_code, respond.content) == (status, b"")


def test_an_unreachable_upstream_is_a_502(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The response comes at once, without a body."""
    monkeypatch.setenv("MEDIA_URL", "http://127.0.0.1:9/")

    assert client.get("/media/film.mp4").status_code == 502


def test_an_upstream_without_http_is_a_502(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The response contains nothing of its data."""
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        monkeypatch.setenv("MEDIA_URL", f"http://127.0.0.1:{upstream.getsockname()[1]}")

        def babble() -> None:
            connection, _ = upstream.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 mail.example ready\r\n\r\n")

        thread = Thread(target=babble)
        thread.start()
        respond = client.get("/media/film.mp4")
        thread.join(timeout=10)

    assert (respond.status_code, respond.content) == (502, b"")


def test_bytes_are_relayed_when_they_come(
    films: str, web_module: WebModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte arrives before the upstream server sends the next."""
    received = []
    app = web_module("app").app
    monkeypatch.setenv("MEDIA_URL", films)
    with (
        app_server(app) as server,
        httpx.stream("GET", f"{server}/media/slow.mp4", timeout=30) as respond,
    ):
        for data in respond.iter_raw():
            received.append(data)
            RECEIVED.release()

    assert received == [b"x"] * 4
