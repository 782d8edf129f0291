"""The Python runtime beside what else streams: uvicorn behind the real Lambda Web Adapter, and
AWS's own client for Node.js, each in turn.

Spawn to first byte, warm first byte, 100 B chunks a second, 64 KiB chunks in MB/s and resident
memory, on loopback, against a Runtime API within this process. Medians, and medians of the ratios
within a repetition: absolute figures drift with the machine, the ratios hardly do.

    python benchmarks/python_runtime.py            # 9 repetitions, about seven minutes
    python benchmarks/python_runtime.py --quick    # 3, and the second Runtime API once

needs starlette, fastapi, psutil, uvicorn, uvloop and httptools; `--python` names an interpreter
that has them all. Linux only, for TCP_QUICKACK. The adapter and the client are found where the
tests keep them, in ~/.cache/streaming-construct, and left out where they are not there:

    cargo install lambda_web_adapter --version 1.0.0-rc1 --root CACHE/lambda-web-adapter
    npm install --prefix CACHE/conformance/ric aws-lambda-ric@4.0.2
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import py_compile
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))

from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from streaming_construct.runtime import bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL, SMALL_BYTES = 200_000, 100
BIG, BIG_BYTES = 4096, 65536
WARM = 200
# Two pieces, then the app blocks its thread, loop and all; each piece says when it was yielded.
LATE = """
import time

def stamp():
    return b"x%d>" % time.monotonic_ns()

def late():
    for _ in range(40):
        yield stamp()
        yield stamp()
        time.sleep(0.03)
"""
STARLETTE = f"""{LATE}
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

def streaming(count, size):
    piece = b"x" * size
    async def pieces():
        for _ in range(count):
            yield piece
    async def endpoint(request):
        return StreamingResponse(pieces(), media_type="text/plain")
    return endpoint

async def late_endpoint(request):
    async def pieces():
        for piece in late():
            yield piece
    return StreamingResponse(pieces(), media_type="text/plain")

app = Starlette(routes=[
    Route("/", streaming(1, 10)),
    Route("/small", streaming({SMALL}, {SMALL_BYTES})),
    Route("/big", streaming({BIG}, {BIG_BYTES})),
    Route("/late", late_endpoint),
])
"""
FASTAPI = f"""{LATE}
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()

def streaming(path, count, size):
    piece = b"x" * size
    async def pieces():
        for _ in range(count):
            yield piece
    @app.get(path)
    async def endpoint():
        return StreamingResponse(pieces(), media_type="text/plain")

streaming("/", 1, 10)
streaming("/small", {SMALL}, {SMALL_BYTES})
streaming("/big", {BIG}, {BIG_BYTES})

@app.get("/late")
async def late_endpoint():
    async def pieces():
        for piece in late():
            yield piece
    return StreamingResponse(pieces(), media_type="text/plain")
"""
GENERATOR = f"""{LATE}
PIECES = {{"/": (1, 10), "/small": ({SMALL}, {SMALL_BYTES}), "/big": ({BIG}, {BIG_BYTES})}}

def app(event, context):
    if event["path"] == "/late":
        yield from late()
        return
    count, size = PIECES[event["path"]]
    piece = b"x" * size
    for _ in range(count):
        yield piece
"""
# The same for Node.js, its line kept full as the documentation of its streams says.
NODE = f"""
const PIECES = {{"/": [1, 10], "/small": [{SMALL}, {SMALL_BYTES}], "/big": [{BIG}, {BIG_BYTES}]}};
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const head = {{ statusCode: 200, headers: {{ "content-type": "text/plain" }} }};

export const handler = awslambda.streamifyResponse(async (event, stream) => {{
  stream = awslambda.HttpResponseStream.from(stream, head);
  if (event.path === "/late") {{
    for (let number = 0; number < 40; number++) {{
      stream.write(`x${{process.hrtime.bigint()}}>`);
      stream.write(`x${{process.hrtime.bigint()}}>`);
      Atomics.wait(sleeper, 0, 0, 30);
    }}
  }} else {{
    const [count, size] = PIECES[event.path];
    const piece = Buffer.alloc(size, "x");
    for (let number = 0; number < count; number++) {{
      if (!stream.write(piece)) await new Promise((resolve) => stream.once("drain", resolve));
    }}
  }}
  stream.end();
}});
"""
# What any Python must do: connect, ask, answer. No loop, no parsing, one invocation.
BARE = """
import os, socket
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
line = socket.create_connection((host, int(port)))
line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
line.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
line.recv(65536)
body = b'{"statusCode":200}' + bytes(8) + b"x" * 10
line.sendall(
    b"POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\\r\\nHost: x\\r\\n"
    b"Transfer-Encoding: chunked\\r\\n\\r\\n%x\\r\\n%b\\r\\n0\\r\\n\\r\\n" % (len(body), body))
line.recv(65536)
"""


@dataclass
class Job:
    """One invocation, and when its answer came."""

    path: str
    sent: float = 0.0
    first: float = 0.0
    last: float = 0.0
    late_ns: list[int] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


class RuntimeApi:
    """Serves jobs from the connections' own threads, so that no hand-over is measured."""

    def __init__(self, *, acks_at_once: bool) -> None:
        self._acks_at_once = acks_at_once
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._jobs: list[Job] = []
        self._given: list[Job] = []
        self._ready = threading.Condition()
        self._closed = False
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def run(self, jobs: list[Job], timeout: float = 60) -> None:
        with self._ready:
            self._jobs += jobs
            self._ready.notify_all()
        if not jobs[-1].done.wait(timeout):
            raise TimeoutError(f"no answer to {jobs[-1].path}")

    def close(self) -> None:
        with self._ready:
            self._closed = True
            self._ready.notify_all()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            while head := self._head(connection):
                line, rest = head
                if b"/extension/register" in line:
                    extra = b"Lambda-Extension-Identifier: 1\r\n"
                    connection.sendall(_reply(b'{"functionName":"f"}', extra))
                elif b"/extension/event/next" in line:
                    self._wait_for_the_end()
                    return
                elif b"/invocation/next" in line:
                    if not self._give(connection):
                        return
                else:
                    self._take(connection, rest)
                    connection.sendall(_reply(b'{"status":"OK"}', status=b"202 Accepted"))
        except OSError:
            return

    def _recv(self, connection: socket.socket, buffer: memoryview) -> int:
        count = connection.recv_into(buffer)
        if self._acks_at_once:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        if not count:
            raise ConnectionResetError
        return count

    def _head(self, connection: socket.socket) -> tuple[bytes, bytes]:
        data = b""
        buffer = memoryview(bytearray(65536))
        while b"\r\n\r\n" not in data:
            data += buffer[: self._recv(connection, buffer)]
        head, rest = data.split(b"\r\n\r\n", 1)
        if b"POST" in head and b"chunked" not in head.lower():
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            while len(rest) < length:
                rest += buffer[: self._recv(connection, buffer)]
        return head, rest

    def _give(self, connection: socket.socket) -> bool:
        with self._ready:
            self._ready.wait_for(lambda: self._jobs or self._closed)
            if self._closed:
                return False
            job = self._jobs.pop(0)
            self._given.append(job)
        body = json.dumps(
            {
                "httpMethod": "GET",
                "path": job.path,
                "headers": {"host": "x"},
                "multiValueHeaders": {"host": ["x"]},
                "queryStringParameters": None,
                "multiValueQueryStringParameters": None,
                # All of this, or the adapter does not know it for a request.
                "requestContext": {
                    "accountId": "1",
                    "resourceId": "r",
                    "apiId": "a",
                    "stage": "s",
                    "requestId": "i",
                    "resourcePath": "/{proxy+}",
                    "path": job.path,
                    "httpMethod": "GET",
                    "protocol": "HTTP/1.1",
                    "requestTimeEpoch": 1,
                    "identity": {"sourceIp": "192.0.2.7", "userAgent": "bench"},
                },
                "body": None,
                "isBase64Encoded": False,
                "resource": "/{proxy+}",
            }
        ).encode()
        deadline = int(time.time() * 1000) + 60_000
        headers = (
            f"Lambda-Runtime-Aws-Request-Id: {id(job)}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {deadline}\r\n"
            "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:1:function:f\r\n"
            "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\r\n"
        )
        job.sent = job.sent or time.perf_counter()
        connection.sendall(_reply(body, headers.encode()))
        return True

    def _take(self, connection: socket.socket, rest: bytes) -> None:
        """Reads an answer to its end, looking only for its first byte and its last chunk."""
        job = self._given.pop(0)
        start = rest
        buffer = memoryview(bytearray(1 << 20))
        while b"x" not in start.partition(b"\0" * 8)[2]:
            start += buffer[: self._recv(connection, buffer)]
        job.first = time.perf_counter()
        tail = start[-5:]
        stamps = start.partition(b"\0" * 8)[2]
        while tail != b"0\r\n\r\n":
            if job.path == "/late":
                stamps = _note(stamps, job.late_ns)
            count = self._recv(connection, buffer)
            tail = (tail + bytes(buffer[max(0, count - 5) : count]))[-5:]
            if job.path == "/late":
                stamps += buffer[:count]
        # What came in one piece with the end.
        _note(stamps, job.late_ns)
        job.last = time.perf_counter()
        job.done.set()

    def _wait_for_the_end(self) -> None:
        with self._ready:
            self._ready.wait_for(lambda: self._closed)


def _note(stamps: bytes, late_ns: list[int]) -> bytes:
    """Notes how late each whole stamp came; returns what is left."""
    now = time.monotonic_ns()
    *whole, left = stamps.split(b">")
    late_ns += [now - int(stamp.rpartition(b"x")[2]) for stamp in whole]
    return left


def _reply(body: bytes, headers: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
        status,
        headers,
        len(body),
        body,
    )


@dataclass(frozen=True)
class Contender:
    """One way to serve: the commands to start, given the folder with the app."""

    name: str
    source: str
    commands: tuple[tuple[str, ...], ...]
    measures: bool = True
    file: str = "app.py"


CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streaming-construct"
ADAPTER = CACHE / "lambda-web-adapter" / "bin" / "lambda-adapter"
NODE_CLIENT = CACHE / "conformance" / "ric" / "node_modules" / "aws-lambda-ric" / "index.mjs"


def contenders(python: str, adapter: str | None) -> list[Contender]:
    """Returns who runs: the others where they are there, ours, and the floor below each of ours."""
    start = bundle.WRAPPER.split('-c "')[1].rsplit('"', 1)[0]
    server = (python, "-m", "uvicorn", "app:app", "--port", "{port}", "--no-access-log")
    native = ((python, "-c", start, "app:app"),)
    # What answers must have been imported, whoever does it: no runtime can start sooner.
    floor = ((python, "-c", "import app"),)
    found = [
        Contender("runtime, Starlette", STARLETTE, native),
        Contender("runtime, FastAPI", FASTAPI, native),
        Contender("runtime, generator", GENERATOR, native),
        Contender("bare socket", BARE, floor, measures=False),
        Contender("bare socket, Starlette", f"{STARLETTE}\n{BARE}", floor, measures=False),
        Contender("bare socket, FastAPI", f"{FASTAPI}\n{BARE}", floor, measures=False),
    ]
    if NODE_CLIENT.is_file():
        client = ((find_node(), str(NODE_CLIENT), "app.handler"),)
        found.insert(0, Contender("aws-lambda-ric, Node.js", NODE, client, file="app.mjs"))
    if adapter:
        behind = (server, (adapter,))
        found[:0] = [
            Contender("adapter, Starlette", STARLETTE, behind),
            Contender("adapter, FastAPI", FASTAPI, behind),
        ]
    return found


@contextmanager
def started(contender: Contender, api: RuntimeApi) -> Iterator[tuple[list[psutil.Popen], float]]:
    """Starts a contender's processes; gives them and the moment before the first."""
    folder = Path(tempfile.mkdtemp())
    (folder / contender.file).write_text(contender.source)
    for path, content in bundle.runtime_files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=1, invalidation_mode=mode)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    env = {
        "PATH": os.environ["PATH"],
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "_HANDLER": "app.handler",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_GROUP_NAME": "g",
        "AWS_LAMBDA_LOG_STREAM_NAME": "s",
        "AWS_LWA_PORT": port,
        "AWS_LWA_INVOKE_MODE": "response_stream",
        # With one worker its Nagle stall vanishes, and so would the second core.
        "TOKIO_WORKER_THREADS": "2",
    }
    processes: list[psutil.Popen] = []
    try:
        at = time.perf_counter()
        for command in contender.commands:
            arguments = [part.replace("{port}", port) for part in command]
            processes.append(
                psutil.Popen(
                    arguments,
                    cwd=folder,
                    env=env,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        yield processes, at
    finally:
        for process in processes:
            if process.is_running():
                process.kill()
            process.wait(5)
        shutil.rmtree(folder)


def cpu_seconds(processes: list[psutil.Popen]) -> float:
    """Returns the time on a core of all threads: what a busy machine does not change."""
    stats = [
        path.read_text()
        for process in processes
        for path in Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    ]
    return sum(int(stat.split()[0]) for stat in stats) / 1e9


def measure(contender: Contender, *, acks_at_once: bool) -> dict[str, float]:
    """Returns one repetition's figures."""
    api = RuntimeApi(acks_at_once=acks_at_once)
    try:
        with started(contender, api) as (processes, spawned):
            cold = Job("/")
            api.run([cold])
            figures = {
                "spawn to first byte, ms": (cold.first - spawned) * 1e3,
                "CPU to first byte, ms": cpu_seconds(processes) * 1e3,
            }
            if not contender.measures:
                return figures
            warm = [Job("/") for _ in range(WARM)]
            api.run(warm)
            times = [(job.first - job.sent) * 1e3 for job in warm[10:]]
            figures["warm first byte, ms"] = statistics.median(times)
            small, big = Job("/small"), Job("/big")
            before = cpu_seconds(processes)
            api.run([small])
            used = cpu_seconds(processes) - before
            figures["CPU a 100 B chunk, µs"] = used / SMALL * 1e6
            figures["100 B chunks, thousand/s"] = SMALL / (small.last - small.first) / 1e3
            before = cpu_seconds(processes)
            api.run([big])
            used = cpu_seconds(processes) - before
            figures["CPU a MB in 64 KiB chunks, ms"] = used / (BIG * BIG_BYTES / 1e6) * 1e3
            figures["64 KiB chunks, MB/s"] = BIG * BIG_BYTES / (big.last - big.first) / 1e6
            late = Job("/late")
            api.run([late])
            figures["latest when the app blocks, ms"] = max(late.late_ns) / 1e6
            resident = sum(process.memory_info().rss for process in processes)
            figures["resident after load, MB"] = resident / 1e6
            return figures
    finally:
        api.close()


def report(results: dict[str, list[dict[str, float]]]) -> None:
    """Prints the medians, and the medians of the ratios within each repetition."""
    names = list(results)
    keys = list(dict.fromkeys(key for figures in results.values() for key in figures[0]))
    print("| | " + " | ".join(names) + " |\n|" + " --- |" * (len(names) + 1))
    for key in keys:
        cells = [_median([f[key] for f in results[name] if key in f]) for name in names]
        print(f"| {key} | " + " | ".join(cells) + " |")
    print()
    pairs = [
        ("runtime, Starlette", "adapter, Starlette"),
        ("bare socket, Starlette", "adapter, Starlette"),
        ("runtime, FastAPI", "adapter, FastAPI"),
        ("bare socket, FastAPI", "adapter, FastAPI"),
        ("runtime, generator", "adapter, Starlette"),
        ("bare socket", "adapter, Starlette"),
        ("runtime, generator", "bare socket"),
        ("runtime, generator", "aws-lambda-ric, Node.js"),
    ]
    pairs = [(a, b) for a, b in pairs if a in results and b in results]
    print("| ratio | " + " | ".join(f"{a} / {b}" for a, b in pairs) + " |")
    print("|" + " --- |" * (len(pairs) + 1))
    for key in keys:
        cells = [_median(_ratios(results[a], results[b], key)) for a, b in pairs]
        print(f"| {key} | " + " | ".join(cells) + " |")
    print()


def _ratios(ours: list[dict[str, float]], theirs: list[dict[str, float]], key: str) -> list[float]:
    both = zip(ours, theirs, strict=True)
    return [our[key] / their[key] for our, their in both if key in our and key in their]


def _median(values: list[float]) -> str:
    return f"{statistics.median(values):.3g}" if values else ""


def main() -> None:
    path = os.pathsep.join([os.environ["PATH"], str(ADAPTER.parent)])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--adapter", default=shutil.which("lambda-adapter", path=path))
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="3 repetitions, then 1")
    parser.add_argument("--only", default="", help="a part of the contenders' names")
    arguments = parser.parse_args()
    # So that an early end leaves no process either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not arguments.adapter:
        print("no lambda-adapter: measuring without it; see --help for how to install it\n")
    files = bundle.runtime_files()
    size = sum(len(content) for content in files.values())
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()};")
    zipped = sum(len(zlib.compress(content, 9)) for content in files.values())
    print(f"the runtime is {len(files)} files, {size} bytes, {zipped} compressed;")
    print(f"load {os.getloadavg()[0]:.1f} before\n")
    for acks_at_once in (True, False):
        print("A Runtime API that acknowledges", "at once:\n" if acks_at_once else "when it may:\n")
        results: dict[str, list[dict[str, float]]] = {}
        quick = 3 if acks_at_once else 1
        for _ in range(quick if arguments.quick else arguments.repetitions):
            for contender in contenders(arguments.python, arguments.adapter):
                if arguments.only in contender.name:
                    figures = measure(contender, acks_at_once=acks_at_once)
                    results.setdefault(contender.name, []).append(figures)
        report(results)
    print(f"load {os.getloadavg()[0]:.1f} after, of which this is about 2")


if __name__ == "__main__":
    main()
