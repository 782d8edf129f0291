"""The streaming matrix: one table of events in the life of a stream, for each kind of function.

The kinds are a generator and an ASGI app on this library's runtime, and an ASGI app behind the
Lambda Web Adapter. Clients, gateway and function processes are real.
"""

from __future__ import annotations

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.local_api import LocalApi
from tests.support.models import new_api, new_route
from tests.support.running_functions import HOST_FILES, runtime_function, web_function

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
GENERATOR = """
import os, time
from streaming_construct.runtime import HttpResponse

def handler(event, context):
    path = "/" + event["path"].rpartition("/")[2]
    if path == "/before":
        raise ValueError("before the head")
    if path == "/heavy":
        yield HttpResponse(200, {"x": "y" * 16384})
    yield HttpResponse(200, {"content-type": "text/plain"})
    if path == "/length":
        yield str(len(event["body"]))
        return
    if path == "/flood":
        for number in range(2048):
            with open("sent", "w") as file:
                file.write(str(number))
            yield b"x" * 65536
    yield f"{os.getpid()} "
    if path == "/amidst":
        raise ValueError("in mid-stream")
    if path == "/die":
        os._exit(3)
    if path in ("/slow", "/silent"):
        for number in range(10):
            time.sleep(0.1 if path == "/slow" else 2)
            yield f"{number} "
        with open("ended", "w") as file:
            file.write(str(os.getpid()))
    yield "done"
"""
ASGI = """
import asyncio, os

async def handler(scope, receive, send):
    if scope["type"] != "http":
        return
    async def say(text, more=True):
        body = text if isinstance(text, bytes) else text.encode()
        await send({"type": "http.response.body", "body": body, "more_body": more})
    path = "/" + scope["path"].rpartition("/")[2]
    if path == "/before":
        raise ValueError("before the head")
    headers = [(b"content-type", b"text/plain")]
    if path == "/heavy":
        headers.append((b"x", b"y" * 16384))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if path == "/length":
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        await say(str(size), False)
        return
    if path == "/flood":
        for number in range(2048):
            with open("sent", "w") as file:
                file.write(str(number))
            await say(b"x" * 65536)
    await say(f"{os.getpid()} ")
    if path == "/amidst":
        raise ValueError("in mid-stream")
    if path == "/die":
        os._exit(3)
    if path in ("/slow", "/silent"):
        for number in range(10):
            await asyncio.sleep(0.1 if path == "/slow" else 2)
            await say(f"{number} ")
        with open("ended", "w") as file:
            file.write(str(os.getpid()))
    await say("done", False)
"""
SOURCES = {"generator": GENERATOR, "asgi": ASGI}
KINDS = (*SOURCES, "adapter")
# An internal extension: a thread of the function's own process, on a connection of its own.
EXTENSION = """
import http.client, json, os, threading

def listen():
    line = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    path = "/2020-01-01/extension"
    named = {"Lambda-Extension-Name": "inside"}
    line.request("POST", f"{path}/register", json.dumps({"events": ["INVOKE"]}), named)
    answer = line.getresponse()
    answer.read()
    me = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]}
    registered.set()
    while True:
        line.request("GET", f"{path}/event/next", headers=me)
        event = json.loads(line.getresponse().read())
        with open("events", "a") as file:
            file.write(event["eventType"] + " ")

registered = threading.Event()
threading.Thread(target=listen, daemon=True).start()
registered.wait(5)
"""


@contextmanager
def serve(
    folder: Path, source: str, *, timeout_ms: int = 60_000, scale: float = 1.0, **changes: Any
) -> Iterator[LocalApi]:
    members: dict[str, Any] = {"id": "chat", "timeout_seconds": 60, **changes}
    function = runtime_function(folder, {"app.py": source}, "app:handler", **members)
    route = new_route("/{proxy+}", "ANY", timeout_ms=timeout_ms)
    options = GatewayOptions(time_scale=scale)
    model = new_api(route, functions=[function])
    with LocalApi(model, options=options, functions=HOST_FILES) as api:
        yield api


class Served(NamedTuple):
    """A gateway for the functions of one kind, and the folder in which they write."""

    kind: str
    api: LocalApi
    folder: Path


@pytest.fixture(scope="module", params=KINDS)
def kind(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve each path with 60 seconds; a function with 0.9 seconds serves the paths below
    /short."""
    folder = tmp_path_factory.mktemp("code")
    members: dict[str, Any] = {"timeout_seconds": 60}
    if request.param == "adapter":
        function = web_function(folder, ASGI.replace("handler(", "app("), **members)
    else:
        source = {"app.py": SOURCES[request.param]}
        function = runtime_function(folder, source, "app:handler", **members)
    short = replace(function, id="short", timeout_seconds=0.9)
    routes = [
        new_route("/{proxy+}", "ANY", function=function.id, timeout_ms=60_000),
        new_route("/short/{proxy+}", "ANY", function="short", timeout_ms=60_000),
    ]
    model = new_api(*routes, functions=[function, short])
    with LocalApi(model, functions=HOST_FILES) as api:
        yield Served(request.param, api, folder)


def fetch(api: LocalApi, path: str) -> tuple[int, str, bool]:
    """Return the status, the received part of the body, and whether it is complete."""
    text = b""
    try:
        with httpx.stream("GET", api.url_for_path(path), timeout=60) as response:
            for data in response.iter_raw():
                text += data
            return response.status_code, text.decode(), True
    except httpx.RemoteProtocolError:
        return response.status_code, text.decode(), False


def serves(api: LocalApi) -> bool:
    status, text, is_whole = fetch(api, "/fine")
    return status == 200 and text.endswith("done") and is_whole


def warm_up(api: LocalApi, path: str = "/fine") -> None:
    """Start an environment: its initialization counts towards timeouts, and may take longer."""
    until = time.monotonic() + 60
    while not fetch(api, path)[2]:
        assert time.monotonic() < until


def wait_for(file: Path) -> str:
    """Wait until a function has written a file; return its text."""
    until = time.monotonic() + 60
    while not (file.exists() and (text := file.read_text())):
        assert time.monotonic() < until
        time.sleep(0.01)
    return text


@pytest.mark.parametrize("path", ["/before", "/heavy"])
def test_a_failure_before_the_response_is_a_gateway_error(kind: Served, path: str) -> None:
    """An exception, and a prelude over 16 KB. A web server sends its error page instead."""
    status, text, is_whole = fetch(kind.api, path)

    assert is_whole
    assert status in (500, 502)
    assert "message" in text or (kind.kind, path) == ("adapter", "/before")
    assert serves(kind.api)


@pytest.mark.parametrize("path", ["/amidst", "/die"])
def test_a_failure_in_mid_stream_truncates_the_response(kind: Served, path: str) -> None:
    """After an exception or the end of the process, the response lacks its last chunk."""
    status, text, is_whole = fetch(kind.api, path)

    assert (status, is_whole) == (200, False)
    assert text.strip().isdigit()
    assert serves(kind.api)


def test_concurrent_requests_run_in_separate_environments(kind: Served) -> None:
    """Three concurrent streams come from three processes. Later requests reuse them."""
    with ThreadPoolExecutor(3) as pool:
        responses = list(pool.map(lambda _: fetch(kind.api, "/slow"), range(3)))
    later = {fetch(kind.api, "/fine")[1].split()[0] for _ in range(2)}

    assert all(text.endswith("9 done") for _, text, _ in responses)
    processes = {text.split()[0] for _, text, _ in responses}
    assert len(processes) == 3
    assert later <= processes


def test_chunks_arrive_over_time(kind: Served) -> None:
    """Ten chunks, 0.1 s apart, arrive over most of that time."""
    with httpx.stream("GET", kind.api.url_for_path("/slow"), timeout=60) as response:
        arrivals = [time.monotonic() for _ in response.iter_raw()]

    assert len(arrivals) > 3
    spread = arrivals[-1] - arrivals[0]
    assert spread > 0.5
    assert max(later - earlier for earlier, later in pairwise(arrivals)) < 0.75 * spread


def test_a_large_request_arrives_complete(kind: Served) -> None:
    """It has four megabytes, which the Runtime API sends in many chunks."""
    response = httpx.post(kind.api.url_for_path("/length"), content=b"x" * 4_000_000, timeout=60)

    assert response.text == "4000000"


def test_after_a_disconnect_the_function_runs_to_its_end(kind: Served) -> None:
    """Another environment serves requests in the meantime, later both do."""
    (kind.folder / "ended").unlink(missing_ok=True)
    warm_up(kind.api)
    with httpx.stream("GET", kind.api.url_for_path("/slow"), timeout=60) as response:
        pid = next(response.iter_raw()).split()[0].decode()
    _, meanwhile, _ = fetch(kind.api, "/fine")

    assert meanwhile.split()[0] != pid
    assert wait_for(kind.folder / "ended") == pid
    assert serves(kind.api)


def test_a_slow_client_slows_the_function(kind: Served) -> None:
    """The function sends less than half of 128 MiB until the client reads. Then all arrives.

    The rest of what it sends before is in the buffers of the kernel, up to 40 MiB for a connection.
    """
    (kind.folder / "sent").unlink(missing_ok=True)
    receive_buffer = (socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    transport = httpx.HTTPTransport(socket_options=[receive_buffer])
    with (
        httpx.Client(transport=transport, timeout=60) as client,
        client.stream("GET", kind.api.url_for_path("/flood")) as response,
    ):
        chunks = response.iter_raw()
        size = len(next(chunks))
        sent, before = int(wait_for(kind.folder / "sent")), -1
        while sent != before:
            time.sleep(0.2)
            sent, before = int(wait_for(kind.folder / "sent")), sent
        size += sum(len(data) for data in chunks)

    assert sent < 1024
    assert size > 2048 * 65536


def test_the_function_timeout_ends_the_stream_and_the_process(kind: Served) -> None:
    """The earlier bytes arrive. The next request has a new process."""
    warm_up(kind.api, "/short/fine")
    status, text, is_whole = fetch(kind.api, "/short/slow")

    assert (status, is_whole) == (200, False)
    assert text.split()[1:3] == ["0", "1"]
    assert _ends(int(text.split()[0]))
    warm_up(kind.api, "/short/fine")


def test_the_integration_timeout_truncates_the_response(tmp_path: Path) -> None:
    """The timeout of the gateway does not depend on the kind of function."""
    with serve(tmp_path, GENERATOR, timeout_ms=900) as api:
        warm_up(api)
        status, text, is_whole = fetch(api, "/slow")

        assert (status, is_whole) == (200, False)
        assert text.split()[1:3] == ["0", "1"]
        assert serves(api)


def test_the_idle_timeout_truncates_the_response(tmp_path: Path) -> None:
    """Five minutes without a byte are one and a half seconds here."""
    with serve(tmp_path, GENERATOR, scale=200, timeout_ms=900_000, timeout_seconds=900) as api:
        warm_up(api)
        status, text, is_whole = fetch(api, "/silent")

    assert (status, is_whole) == (200, False)
    assert text.strip().isdigit()


@pytest.mark.parametrize("source", SOURCES)
def test_an_internal_extension_receives_each_invocation(tmp_path: Path, source: str) -> None:
    """It polls the Extensions API from a thread while the handler streams."""
    with serve(tmp_path, EXTENSION + SOURCES[source]) as api:
        responses = [fetch(api, path) for path in ("/fine", "/slow", "/fine")]
        ends = time.monotonic() + 60
        while (tmp_path / "events").read_text().count("INVOKE") < 3 and time.monotonic() < ends:
            time.sleep(0.02)

        assert [(status, is_whole) for status, _, is_whole in responses] == [(200, True)] * 3
        assert all(text.endswith("done") for _, text, _ in responses)
        assert len({text.split()[0] for _, text, _ in responses}) == 1
        assert (tmp_path / "events").read_text().split() == ["INVOKE"] * 3


BROKEN_STARTS = {
    "an import that fails": "import nowhere",
    "a syntax error": "def handler(:",
    "an exit": "import os\nos._exit(4)",
    "no handler": "",
    "a startup that fails": """
async def handler(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
""",
}


@pytest.mark.parametrize("case", BROKEN_STARTS)
def test_a_function_that_cannot_start_is_a_gateway_error(tmp_path: Path, case: str) -> None:
    """Each request has one, without waiting for a timeout."""
    with serve(tmp_path, BROKEN_STARTS[case]) as api:
        for _ in range(2):
            status, text, _ = fetch(api, "/fine")
            assert (status, "message" in text) in ((500, True), (502, True))


def test_an_init_that_never_ends_is_a_gateway_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its ten seconds are a third of one here. Then the timeout ends it."""
    monkeypatch.setattr(
        "streaming_construct.local.lambda_.environment_pool.FUNCTION_INIT_SECONDS", 0.3
    )
    with serve(tmp_path, "import time\ntime.sleep(60)", timeout_seconds=0.6) as api:
        status, text, _ = fetch(api, "/fine")

    assert (status, "message" in text) in ((500, True), (502, True), (504, True))


def _ends(pid: int) -> bool:
    """Return whether a process ends."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
