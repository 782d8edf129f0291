"""`probe()`: one call that returns whether a URL streams."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from streaming_construct.probe import probe
from streaming_construct.probe.diagnosis.verdict import Verdict
from streaming_construct.probe.http.request import RequestError


class StreamHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send five events: paced, held back, or truncated; or an error that is paced, too."""
        self.send_response(500 if self.path == "/error" else 200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if self.path == "/held":
            time.sleep(0.4)
        for number in range(500 if self.path == "/endless" else 5):
            data = b"data: %d\n\n" % number
            try:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            except OSError:  # the client disconnected
                self.close_connection = True
                return
            time.sleep(0 if self.path == "/held" else 0.08)
        if self.path == "/broken":
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")

    def do_POST(self) -> None:
        """Respond with the data of the request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        response = b"%b %b" % (self.headers["X-Own"].encode(), body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server on a free port."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), StreamHandler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("path", "streamed", "text"),
    [
        ("/paced", True, "200, streamed: "),
        ("/held", False, "200, buffered: "),
        ("/broken", False, "truncated"),
        ("/error", False, "500, failed: "),
    ],
)
def test_only_a_complete_paced_response_streams(
    server: str, path: str, streamed: bool, text: str
) -> None:
    """The text of another result has the reason."""
    result = probe(server + path, timeout=5)

    assert result.is_streamed is streamed
    assert text in repr(result)
    assert server + path in repr(result)


def test_a_request_of_any_kind_can_be_probed(server: str) -> None:
    """Method, headers and body are sent."""
    result = probe(server, method="POST", headers={"X-Own": "mine"}, body="hi")

    assert result.response.timeline.body == b"mine hi"
    assert result.verdict is Verdict.INCONCLUSIVE


def test_the_verdict_of_an_endless_stream_is_by_its_arrivals(server: str) -> None:
    """The request stops after the given duration."""
    result = probe(server + "/endless", max_duration=0.6)

    assert result.is_streamed
    assert 0.5 < result.timeline.total < 5


def test_an_invalid_request_is_an_error() -> None:
    """The error precedes the request."""
    with pytest.raises(RequestError, match=r"is not a valid URL\. Pass one such as https://"):
        probe("localhost/prod")


def test_no_response_is_no_stream() -> None:
    """No error is raised."""
    result = probe("http://127.0.0.1:9/", timeout=2)

    assert not result.is_streamed
    assert "no response" in repr(result)
