"""The server side of Bedrock: the event-stream encoding, and a server that sends it on loopback.

The encoding: https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import contextlib
import json
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Semaphore, Thread
from typing import Any
from urllib.parse import unquote
from zlib import crc32

# A test that waits for so long fails: the client received too little.
RECEIVED_TIMEOUT_SECONDS = 60


def message(payload: dict[str, Any], **headers: str) -> bytes:
    """Encode one message: lengths with their checksum, headers, payload, and the checksum of
    all."""
    body = json.dumps(payload).encode()
    encoded = b"".join(_header(name.replace("_", "-"), value) for name, value in headers.items())
    prelude = struct.pack("!II", 12 + len(encoded) + len(body) + 4, len(encoded))
    framed = prelude + struct.pack("!I", crc32(prelude)) + encoded + body
    return framed + struct.pack("!I", crc32(framed))


def event(kind: str, payload: dict[str, Any]) -> bytes:
    """Encode an event of a stream."""
    return message(
        payload, _message_type="event", _event_type=kind, _content_type="application/json"
    )


def exception(kind: str, words: str) -> bytes:
    """Encode an exception, which ends a stream."""
    return message(
        {"message": words},
        _message_type="exception",
        _exception_type=kind,
        _content_type="application/json",
    )


def _header(name: str, value: str) -> bytes:
    """Encode a header of type 7, a string. The leading `-` stands for the `:` of a keyword."""
    name = ":" + name[1:] if name.startswith("-") else name
    text = value.encode()
    return struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(text)) + text


@dataclass
class Bedrock:
    """The response of the server, and the requests that it received.

    `parts` are written `pause` seconds apart; `status` other than 200 sends an error of `kind`
    instead. `is_complete` is false if the response ends without its last chunk.
    `client_left` is set when the client disconnects.
    With `received`, each delta is sent only after the client released it for the one before.
    """

    parts: Sequence[bytes] = ()
    pause: float = 0
    status: int = 200
    kind: str = ""
    is_complete: bool = True
    received: Semaphore | None = None
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    client_left: Event = field(default_factory=Event)


@contextlib.contextmanager
def bedrock_server() -> Iterator[Bedrock]:
    """Run a server on loopback that responds as the yielded object describes."""
    bedrock = Bedrock()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"is_": bedrock}))
    server.daemon_threads = True
    server.block_on_close = False
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    bedrock.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield bedrock
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    is_: Bedrock

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        signed = self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 ")
        self.is_.requests.append({"path": unquote(self.path), "signed": signed, **body})
        if self.is_.status != 200:
            return self.reject()
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for part in self.is_.parts:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                time.sleep(self.is_.pause)
                if self.is_.received and b"contentBlockDelta" in part:
                    self.is_.received.acquire(timeout=RECEIVED_TIMEOUT_SECONDS)
            if self.is_.is_complete:
                self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.is_.client_left.set()
        self.close_connection = True
        return None

    def reject(self) -> None:
        body = json.dumps({"message": "Bedrock says no"}).encode()
        self.send_response(self.is_.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("x-amzn-ErrorType", self.is_.kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output to itself."""
