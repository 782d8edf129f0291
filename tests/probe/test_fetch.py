import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from streaming_construct.probe.fetch import Response, fetch_with_curl, fetch_with_python
from streaming_construct.probe.timeline import Arrival

Fetch = Callable[[str, float, Callable[[Arrival], None]], Response]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(params=["curl", "python"])
def fetch(request: pytest.FixtureRequest) -> Fetch:
    if request.param == "curl" and shutil.which("curl") is None:
        pytest.skip("there is no curl on PATH")
    return fetch_with_curl if request.param == "curl" else fetch_with_python


@pytest.fixture
def answered_with() -> Iterator[Callable[[list[bytes | float]], str]]:
    """Serves one connection: writes the given bytes, sleeps the given seconds, then closes."""
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
                    time.sleep(step)

    def serve(script: list[bytes | float]) -> str:
        threads.append(threading.Thread(target=answer, args=(script,)))
        threads[-1].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/prod/stream?format=text"

    yield serve
    for thread in threads:
        thread.join(timeout=15)
    listening.close()


def test_each_chunk_is_shown_when_it_arrives(
    fetch: Fetch, answered_with: Callable[[list[bytes | float]], str]
) -> None:
    """Arrivals are told while the response is still under way."""
    shown: list[float] = []
    url = answered_with(
        [HEAD, b"4\r\none\n\r\n", 0.2, b"4\r\ntwo\n\r\n", 0.2, b"6\r\nthree\n\r\n0\r\n\r\n"]
    )

    response = fetch(url, 10, lambda _: shown.append(time.monotonic()))

    assert (response.status, response.content_type) == (200, "text/plain")
    assert response.error is None
    assert [arrival.data for arrival in response.timeline.arrivals] == [
        b"one\n",
        b"two\n",
        b"three\n",
    ]
    assert all(gap > 0.1 for gap in response.timeline.gaps)
    assert shown[2] - shown[0] > 0.25


def test_a_body_that_breaks_off_is_an_error(
    fetch: Fetch, answered_with: Callable[[list[bytes | float]], str]
) -> None:
    """A stream without its terminating chunk is not taken for a whole one."""
    response = fetch(answered_with([HEAD, b"4\r\none\n\r\n"]), 10, lambda _: None)

    assert response.timeline.body == b"one\n"
    assert response.error


def test_nobody_there_is_an_error(fetch: Fetch) -> None:
    """A refused connection is told in words, with status 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        response = fetch(url, 10, lambda _: None)

    assert response.status == 0
    assert response.timeline.arrivals == ()
    assert "onnect" in (response.error or "")


def test_a_stream_that_falls_silent_is_given_up(
    fetch: Fetch, answered_with: Callable[[list[bytes | float]], str]
) -> None:
    """No request waits longer than its timeout."""
    response = fetch(answered_with([HEAD, b"4\r\none\n\r\n", 0.9]), 0.4, lambda _: None)

    assert response.timeline.body == b"one\n"
    assert response.error
    assert response.timeline.total < 0.8
