"""Every way a stream can fail, with functions on the runtime that ships with them: real clients,
the gateway, real processes. Each has one answer, and the next request is served."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.local_api import LocalApi
from tests.support.models import new_api, new_route
from tests.support.running_functions import HOST_FILES, native_function

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

GENERATOR = """
import os, time
from streaming_construct.runtime import HttpResponse

def handler(event, context):
    path = event["path"]
    if path == "/before":
        raise ValueError("before the head")
    if path == "/heavy":
        yield HttpResponse(200, {"x": "y" * 16384})
    yield HttpResponse(200, {"content-type": "text/plain"})
    if path == "/length":
        yield str(len(event["body"]))
        return
    if path == "/flood":
        for number in range(512):
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
    if scope["type"] == "lifespan":
        return
    async def say(text, more=True):
        body = text if isinstance(text, bytes) else text.encode()
        await send({"type": "http.response.body", "body": body, "more_body": more})
    path = scope["path"].removeprefix(scope["root_path"])
    if path == "/before":
        raise ValueError("before the head")
    headers = [(b"content-type", b"text/plain")]
    if path == "/heavy":
        headers.append((b"x", b"y" * 16384))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if path == "/length":
        await say(str(len((await receive())["body"])), False)
        return
    if path == "/flood":
        for number in range(512):
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
KINDS = {"generator": GENERATOR, "asgi": ASGI}
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
def served(
    folder: Path, source: str, *, timeout_ms: int = 60_000, scale: float = 1.0, **changes: Any
) -> Iterator[LocalApi]:
    known: dict[str, Any] = {"id": "chat", "timeout_seconds": 60, **changes}
    function = native_function(folder, {"app.py": source}, "app:handler", **known)
    route = new_route("/{proxy+}", "ANY", timeout_ms=timeout_ms)
    options = GatewayOptions(time_scale=scale)
    model = new_api(route, functions=[function])
    with LocalApi(model, options=options, functions=HOST_FILES) as api:
        yield api


@pytest.fixture(scope="module", params=KINDS)
def api(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalApi]:
    """One gateway for each kind of handler."""
    with served(tmp_path_factory.mktemp("code"), KINDS[request.param]) as api:
        yield api


def fetch(api: LocalApi, path: str) -> tuple[int, str, bool]:
    """The status, what came of the body, and whether it was whole."""
    text = b""
    try:
        with httpx.stream("GET", api.url(path), timeout=30) as response:
            for data in response.iter_raw():
                text += data
            return response.status_code, text.decode(), True
    except httpx.RemoteProtocolError:
        return response.status_code, text.decode(), False


def serves(api: LocalApi) -> bool:
    status, text, is_whole = fetch(api, "/fine")
    return status == 200 and text.endswith("done") and is_whole


def warm_up(api: LocalApi) -> None:
    """Have an environment that is up: a start counts towards timeouts, and may take longer."""
    until = time.monotonic() + 20
    while not serves(api):
        assert time.monotonic() < until


@pytest.mark.parametrize("path", ["/before", "/heavy"])
def test_a_failure_before_the_head_is_a_gateway_error(api: LocalApi, path: str) -> None:
    """An exception, and a head of more than 16 KB."""
    status, text, _ = fetch(api, path)

    assert (status, "message" in text) in ((500, True), (502, True))
    assert serves(api)


@pytest.mark.parametrize("path", ["/amidst", "/die"])
def test_a_failure_in_mid_stream_ends_it_unfinished(api: LocalApi, path: str) -> None:
    """What was sent arrives; the client sees that it is not all, by exception or by death."""
    status, text, is_whole = fetch(api, path)

    assert (status, is_whole) == (200, False)
    assert text.strip().isdigit()
    assert serves(api)


def test_requests_at_once_have_an_environment_each(api: LocalApi) -> None:
    """Five streams side by side, each from a process of its own."""
    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda _: fetch(api, "/slow"), range(5)))

    assert all(text.endswith("9 done") for _, text, _ in found)
    assert len({text.split()[0] for _, text, _ in found}) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_an_extension_hears_of_each_invocation_and_disturbs_none(tmp_path: Path, kind: str) -> None:
    """It polls the Extensions API from a thread while the handler streams."""
    with served(tmp_path, EXTENSION + KINDS[kind]) as api:
        found = [fetch(api, path) for path in ("/fine", "/slow", "/fine")]
        ends = time.monotonic() + 5
        while (tmp_path / "events").read_text().count("INVOKE") < 3 and time.monotonic() < ends:
            time.sleep(0.02)

        assert [(status, is_whole) for status, _, is_whole in found] == [(200, True)] * 3
        assert all(text.endswith("done") for _, text, _ in found)
        assert len({text.split()[0] for _, text, _ in found}) == 1
        assert (tmp_path / "events").read_text().split() == ["INVOKE"] * 3


def test_a_large_request_arrives_whole(api: LocalApi) -> None:
    """Four megabytes of body, which the Runtime API gives in many pieces."""
    answer = httpx.post(api.url("/length"), content=b"x" * 4_000_000, timeout=30)

    assert answer.text == "4000000"


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_leaves_lets_the_function_run_on(tmp_path: Path, kind: str) -> None:
    """It runs to its end; meanwhile another process serves, later the same."""
    with served(tmp_path, KINDS[kind]) as api:
        with httpx.stream("GET", api.url("/slow"), timeout=30) as response:
            first = next(response.iter_raw())
        _, meanwhile, _ = fetch(api, "/fine")
        ends = time.monotonic() + 5
        while not (tmp_path / "ended").exists() and time.monotonic() < ends:
            time.sleep(0.02)

        assert (tmp_path / "ended").read_text() == first.split()[0].decode()
        assert meanwhile.split()[0] != first.split()[0].decode()
        assert serves(api)


@pytest.mark.parametrize("kind", KINDS)
def test_a_slow_client_holds_the_function_back(tmp_path: Path, kind: str) -> None:
    """Of 32 MiB most is not even yielded while the client does not read; then all of it comes."""
    with served(tmp_path, KINDS[kind]) as api:
        with httpx.stream("GET", api.url("/flood"), timeout=30) as response:
            pieces = response.iter_raw()
            size = len(next(pieces))
            time.sleep(0.5)
            # Empty while the function, which is not held back yet, writes the next number.
            while not (sent := (tmp_path / "sent").read_text()):
                time.sleep(0.001)
            yielded = int(sent)
            size += sum(len(data) for data in pieces)

        assert yielded < 400
        assert size > 512 * 65536


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("which", ["function", "integration"])
def test_a_timeout_cuts_the_stream(tmp_path: Path, kind: str, which: str) -> None:
    """The function's ends its process, the integration's the answer alone: unfinished is either."""
    limits: dict[str, Any] = (
        {"timeout_seconds": 0.9} if which == "function" else {"timeout_ms": 900}
    )
    with served(tmp_path, KINDS[kind], **limits) as api:
        warm_up(api)
        status, text, is_whole = fetch(api, "/slow")

        assert (status, is_whole) == (200, False)
        assert text.split()[1:4] == ["0", "1", "2"]
        assert serves(api)
        assert which == "integration" or _ends(int(text.split()[0]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_is_silent_too_long_is_cut(tmp_path: Path, kind: str) -> None:
    """Five minutes of silence, in the time of the test half a second."""
    with served(tmp_path, KINDS[kind], scale=600, timeout_ms=900_000, timeout_seconds=900) as api:
        warm_up(api)
        status, text, is_whole = fetch(api, "/silent")

    assert (status, is_whole) == (200, False)
    assert text.strip().isdigit()


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
    """At once, and again for the next request: nothing hangs."""
    with served(tmp_path, BROKEN_STARTS[case]) as api:
        for _ in range(2):
            status, text, _ = fetch(api, "/fine")
            assert (status, "message" in text) in ((500, True), (502, True))


def test_an_init_that_never_ends_is_a_gateway_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda's ten seconds for it, in the time of the test a third of one; then the timeout."""
    monkeypatch.setattr(
        "streaming_construct.local.lambda_.environment_pool.FUNCTION_INIT_SECONDS", 0.3
    )
    with served(tmp_path, "import time\ntime.sleep(60)", timeout_seconds=0.6) as api:
        status, text, _ = fetch(api, "/fine")

    assert (status, "message" in text) in ((500, True), (502, True), (504, True))


def _ends(pid: int) -> bool:
    """Whether a process is gone within three seconds."""
    until = time.monotonic() + 3
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
