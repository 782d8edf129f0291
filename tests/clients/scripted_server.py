"""A server that sends the responses of a script: what, when, and how each one ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class ScriptedResponse:
    """Chunks of a body, with seconds to wait between them.

    A response that is `cut` has no terminating chunk.
    """

    chunks: Sequence[bytes | float]
    status: int = 200
    content_type: str = "text/event-stream"
    cut: bool = False


@dataclass
class ScriptedServer:
    """A running server: its URL, and the headers of its requests."""

    url: str
    requests: list[Message] = field(default_factory=list)


@contextmanager
def serve_responses(*responses: ScriptedResponse) -> Iterator[ScriptedServer]:
    """Send these responses in order. Each further request gets a 404."""
    remaining = list(responses)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.respond()

        def do_POST(self) -> None:
            self.respond()

        def respond(self) -> None:
            running.requests.append(self.headers)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            response = remaining.pop(0) if remaining else ScriptedResponse([b"no more"], status=404)
            self.send_response(response.status)
            self.send_header("Content-Type", response.content_type)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for chunk in response.chunks:
                if isinstance(chunk, bytes):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                elif over.wait(chunk):
                    return
            self.wfile.write(b"" if response.cut else b"0\r\n\r\n")
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    over = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running = ScriptedServer(f"http://127.0.0.1:{server.server_port}/")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield running
        finally:
            over.set()
            server.shutdown()
            thread.join()
