"""The gateway under hostile clients and functions, over real sockets and processes."""

from __future__ import annotations

import json
import logging
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from streaming_construct.local.local_api import LocalApi
from tests.local.test_command import started
from tests.support.misbehaving_function import BOOTSTRAP, misbehaving_function
from tests.support.models import new_api, new_route
from tests.support.process_status import is_running
from tests.support.running_functions import HOST_FILES
from tests.support.streaming_assembly import write_assembly

MIB = 2**20


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the function, in which it writes its actions."""
    return tmp_path_factory.mktemp("code")


@pytest.fixture(scope="module")
def api(code: Path) -> Iterator[LocalApi]:
    """One gateway with the function that misbehaves on request."""
    route = new_route("/{proxy+}", "ANY", timeout_ms=60_000)
    model = new_api(route, functions=[misbehaving_function(code)])
    with LocalApi(model, functions=HOST_FILES) as api:
        yield api


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return socket.create_connection((parts.hostname, parts.port), timeout=60)


def send(connection: socket.socket, url: str) -> None:
    parts = urlsplit(url)
    connection.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    ends = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends:
        time.sleep(0.02)
    return condition()


def resident_memory() -> int:
    """Return the memory of this process, gateway included, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


linux = pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are read from /proc")


def test_a_client_that_reads_byte_by_byte_slows_the_function(api: LocalApi, code: Path) -> None:
    """Less than half of 64 MiB is sent, and stays so. The client gets the bytes that it reads."""
    url = api.url_for_path("/flood/64")
    with connect(url) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        send(client, url)
        read = b""
        for _ in range(30):
            read += client.recv(1)
            time.sleep(0.02)
        first = int((code / "sent").read_text())
        for _ in range(10):
            read += client.recv(1)
            time.sleep(0.02)
        second = int((code / "sent").read_text())

    assert b"HTTP/1.1 200 OK".startswith(read[:15])
    assert first == second < 32


@linux
def test_a_hundred_megabytes_pass_through_little_memory(api: LocalApi) -> None:
    """All of them arrive, and the gateway collects none of them."""
    httpx.get(api.url_for_path("/flood/1"), timeout=60)
    before, most, size = resident_memory(), 0, 0
    with httpx.stream("GET", api.url_for_path("/flood/99"), timeout=60) as response:
        for data in response.iter_raw():
            size += len(data)
            most = max(most, resident_memory())

    assert size == 99 * MIB
    assert most - before < 48 * MIB


def test_the_function_continues_after_the_client_leaves(api: LocalApi, code: Path) -> None:
    """The next request gets another environment."""
    url = api.url_for_path("/slow")
    with connect(url) as client:
        send(client, url)
        assert client.recv(1000)
    other_pid = int(httpx.get(api.url_for_path("/pid"), timeout=60).text)

    assert wait_until((code / "ended").exists)
    assert int((code / "ended").read_text()) != other_pid


def test_a_prelude_may_arrive_byte_by_byte(api: LocalApi) -> None:
    """Its status and headers are read from any chunks."""
    response = httpx.get(api.url_for_path("/bytewise"), timeout=60)

    assert (response.status_code, response.text) == (200, "done")
    assert response.headers["content-type"] == "text/plain"


@pytest.mark.parametrize(
    "smuggled",
    [
        "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        "Content-Length: 4, 5\r\n\r\nabcd",
        "Content-Length: +4\r\n\r\nabcd",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\na\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n",
        "X-A: 1\r\n folded\r\n\r\n",
        "X-A: 1\nX-B: 2\r\n\r\n",
        "Content-Length: 0\n\n",
    ],
)
def test_request_smuggling_is_rejected(
    api: LocalApi, caplog: pytest.LogCaptureFixture, smuggled: str
) -> None:
    """One 400, then the connection is closed. No function is invoked, whatever follows."""
    url = urlsplit(api.url_for_path("/pid"))
    hidden = f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n"
    with (
        caplog.at_level(logging.INFO, "streaming_construct.local.local_api"),
        connect(url.geturl()) as client,
    ):
        head = f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n"
        client.sendall((head + smuggled + hidden).encode())
        response = b""
        while data := client.recv(65536):
            response += data

    assert response.startswith(b"HTTP/1.1 400 ")
    assert response.count(b"HTTP/1.1") == 1
    assert not [record for record in caplog.records if "START" in record.getMessage()]


@linux
@pytest.mark.parametrize("path", ["/fork", "/setsid"])
def test_children_of_a_function_end_with_it(path: str, tmp_path: Path) -> None:
    """Also those that left its process group and session. Its files are removed."""
    route = new_route("/{proxy+}", "ANY")
    model = new_api(route, functions=[misbehaving_function(tmp_path)])
    with LocalApi(model, functions=HOST_FILES) as api:
        *pids, home = httpx.get(api.url_for_path(path), timeout=60).json()
        assert all(is_running(pid) for pid in pids)

    assert not any(is_running(pid) for pid in pids)
    assert not Path(home).exists()


@linux
def test_a_killed_gateway_leaves_no_process(tmp_path: Path) -> None:
    """After SIGKILL, functions, their children and their files are removed."""
    folder = write_assembly(tmp_path / "cdk.out")
    web = folder / "asset.web"
    (web / "bootstrap").write_text(BOOTSTRAP)
    (web / "bootstrap").chmod(0o755)
    template = json.loads((folder / "Chat.template.json").read_text())
    properties = template["Resources"]["Web"]["Properties"]
    properties["Runtime"] = "provided.al2023"
    del properties["Environment"]
    (folder / "Chat.template.json").write_text(json.dumps(template))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with started(str(folder), "--port", "0", TMPDIR=str(temporary)) as (process, lines):
        *pids, home = httpx.get(lines[-1] + "fork", timeout=60).json()
        *other_pids, _ = httpx.get(lines[-1] + "setsid", timeout=60).json()
        pids += other_pids
        assert all(is_running(pid) for pid in pids)
        process.kill()
        process.wait()

        assert wait_until(lambda: not any(is_running(pid) for pid in pids))
        assert wait_until(lambda: not Path(home).exists())
        assert wait_until(lambda: not list(temporary.iterdir()))


def test_silent_connections_do_not_block_other_clients(tmp_path: Path) -> None:
    """The gateway raises its limit of open files, so that it accepts a request beside them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1000:
        pytest.skip(f"this machine lets a process open {hard} files, too few for the test")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    folder = write_assembly(tmp_path / "cdk.out")
    # The gateway begins with room for fewer than come.
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        with started(str(folder), "--port", "0") as (_, lines), ExitStack() as silent:
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], 1000), hard))
            for _ in range(300):
                silent.enter_context(connect(lines[-1]))
            response = httpx.get(lines[-1] + "plain", timeout=60)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert response.status_code == 200
