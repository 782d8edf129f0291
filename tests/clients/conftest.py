"""The routes of the sample on loopback, correct or with a fault, for tests of the clients."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

CONTENT_TYPES = {
    "sse": "text/event-stream",
    "jsonl": "application/x-ndjson",
    "text": "text/plain; charset=utf-8",
}
PAUSE_SECONDS = 0.04


class SampleRoutes(BaseHTTPRequestHandler):
    """The routes of the sample below a stage, with the fault that `manner` names."""

    protocol_version = "HTTP/1.1"
    manner = "streaming"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        assert parts.path in ("/prod/stream", "/prod/node", "/prod/words", "/prod/buffered")
        name = query.get("format", ["jsonl"])[0]
        if self.manner == "error":
            return self.respond(502, "application/json", b'{"message": "Internal server error"}')
        chunks = [format_chunk(name, f"chunk {n}") for n in range(int(query["count"][0]) + 1)]
        if self.manner == "buffering" or parts.path == "/prod/buffered":
            time.sleep(0.1)
            return self.respond(200, CONTENT_TYPES[name], b"".join(chunks))
        return self.stream(CONTENT_TYPES[name], chunks)

    def respond(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, content_type: str, chunks: list[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent_chunks = {"cut short": chunks[:3], "quiet end": chunks[:3]}.get(self.manner, chunks)
        with contextlib.suppress(ConnectionError):  # the client may disconnect early
            for chunk in sent_chunks:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                time.sleep(60 if self.manner == "hanging" else PAUSE_SECONDS)
            if self.manner == "cut short":
                self.close_connection = True
            else:
                self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """Keep the test's output to itself."""


def format_chunk(name: str, words: str) -> bytes:
    data = json.dumps({"text": words})
    return {"sse": f"data: {data}\n\n", "jsonl": f"{data}\n", "text": f"{words}\n"}[name].encode()


@pytest.fixture
def api() -> Iterator[Callable[[str], str]]:
    """Serves the sample's routes on loopback with the given fault; returns the URL of the stage."""
    servers = []

    def serve(manner: str) -> str:
        handler = type("Routes", (SampleRoutes,), {"manner": manner})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        server.block_on_close = False
        servers.append(server)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        return f"http://127.0.0.1:{server.server_port}/prod/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()
