"""The Python runtime, compared with uvicorn behind the adapter, and with AWS's Node.js client.

    python -m benchmarks.python_runtime [--repetitions N] [--delayed-acknowledgments] [--profile]

Each repetition measures each contender once, on loopback, against a Runtime API within this
process. It measures spawn to first byte, warm first byte, chunk rates and resident memory. It
compiles all Python code beforehand. Linux only, for TCP_QUICKACK.

`--profile` prints the functions of the runtime that take the most time with Starlette. It does so
for 1,000 warm invocations, for 100 B chunks and for 64 KiB chunks. Then it prints two counts beside
those of the measured limit: function calls of a warm invocation, and modules of a generator.

`make genuine-clients` installs the adapter and the client. Without them, their columns are missing.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import pstats
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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.function_calls import count_calls, format_calls
from benchmarks.row import Row, describe_medians, median_ratio
from benchmarks.runtime_apps import (
    BARE,
    BIG,
    BIG_BYTES,
    COUNT_MODULES,
    FASTAPI,
    GENERATOR,
    MEMORY,
    NODE,
    SMALL,
    STARLETTE,
    bare_process,
)
from benchmarks.runtime_size import zip_sizes
from benchmarks.system_calls import counted_system_calls
from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from streaming_construct.runtime import bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

WARM = 200


@dataclass
class Job:
    """One invocation, and the time of its response."""

    path: str
    sent: float = 0.0
    first: float = 0.0
    last: float = 0.0
    late_ns: list[int] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


class RuntimeApi:
    """Serves each connection in its thread, so that no switch between threads is measured."""

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
            raise TimeoutError(f"no response to {jobs[-1].path}")

    def close(self) -> None:
        with self._ready:
            if self._closed:
                return
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
                # The adapter recognizes a request only if the event has all of these members.
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

    def _take(self, connection: socket.socket, data: bytes) -> None:
        """Read a response to its end, and record only its first byte and its last chunk."""
        job = self._given.pop(0)
        start = data
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
        # The data that arrived with the end.
        _note(stamps, job.late_ns)
        job.last = time.perf_counter()
        job.done.set()

    def _wait_for_the_end(self) -> None:
        with self._ready:
            self._ready.wait_for(lambda: self._closed)


def _note(stamps: bytes, late_ns: list[int]) -> bytes:
    """Record the delay of each complete timestamp; return the rest of the data."""
    now = time.monotonic_ns()
    *complete, incomplete = stamps.split(b">")
    late_ns += [now - int(stamp.rpartition(b"x")[2]) for stamp in complete]
    return incomplete


def _reply(body: bytes, headers: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
        status,
        headers,
        len(body),
        body,
    )


@dataclass(frozen=True)
class Contender:
    """One way to serve: the commands to start, given the folder with the app.

    Args:
        name: The name in the tables.
        source: The text of the app.
        commands: The commands to start, in the folder of the app.
        measures: Whether it serves more than one invocation. Default: True.
        flushes: Whether a chunk leaves although the app blocks. Default: True.
        file: The name of the file of the app.
    """

    name: str
    source: str
    commands: tuple[tuple[str, ...], ...]
    measures: bool = True
    flushes: bool = True
    file: str = "app.py"


BARE_GENERATOR = "bare socket"
BARE_STARLETTE, BARE_FASTAPI = "bare socket, Starlette", "bare socket, FastAPI"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streaming-construct"
ADAPTER = CACHE / "lambda-web-adapter" / "bin" / "lambda-adapter"
NODE_CLIENT = CACHE / "conformance" / "ric" / "node_modules" / "aws-lambda-ric" / "index.mjs"


def contenders(python: str, adapter: str | None) -> list[Contender]:
    """Return all contenders: the installed others, ours, and the lower bound of each of ours."""
    start = bundle.WRAPPER.split('-c "')[1].rsplit('"', 1)[0]
    server = (python, "-m", "uvicorn", "app:app", "--port", "{port}", "--no-access-log")
    native = ((python, "-c", start, "app:app"),)
    # Every runtime must import the app, so none can start sooner.
    floor = ((python, "-c", "import app"),)
    result = [
        Contender("runtime, Starlette", STARLETTE, native),
        Contender("runtime, FastAPI", FASTAPI, native),
        Contender(GENERATOR_APP, GENERATOR, native),
        Contender(BARE_GENERATOR, BARE, floor, measures=False),
        Contender(BARE_STARLETTE, bare_process(STARLETTE), floor, flushes=False),
        Contender(BARE_FASTAPI, bare_process(FASTAPI), floor, measures=False),
    ]
    if NODE_CLIENT.is_file():
        client = ((find_node(), str(NODE_CLIENT), "app.handler"),)
        result.insert(0, Contender("aws-lambda-ric, Node.js", NODE, client, file="app.mjs"))
    if adapter:
        behind = (server, (adapter,))
        result[:0] = [
            Contender("adapter, Starlette", STARLETTE, behind),
            Contender("adapter, FastAPI", FASTAPI, behind),
        ]
    return result


@contextmanager
def started(contender: Contender, api: RuntimeApi) -> Iterator[tuple[list[psutil.Popen], float]]:
    """Start the processes of a contender; return them and the time before the first one."""
    folder = Path(tempfile.mkdtemp())
    (folder / contender.file).write_text(contender.source)
    for path, content in bundle.build_runtime_files().items():
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
    """Return the CPU time of all threads, which a busy machine does not change."""
    stats = [
        path.read_text()
        for process in processes
        for path in Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    ]
    return sum(int(stat.split()[0]) for stat in stats) / 1e9


def measure(contender: Contender, *, acks_at_once: bool) -> dict[str, float]:
    """Return the measures of one repetition."""
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
            figures[WARM_FIRST_BYTE] = statistics.median(times)
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
            if contender.flushes:
                late = Job("/late")
                api.run([late])
                figures["latest when the app blocks, ms"] = max(late.late_ns) / 1e6
            resident = sum(process.memory_info().rss for process in processes)
            figures[RESIDENT] = resident / 1e6
            return figures
    finally:
        api.close()


def report(results: dict[str, list[dict[str, float]]]) -> None:
    """Print the medians of each contender."""
    names = list(results)
    keys = list(dict.fromkeys(key for figures in results.values() for key in figures[0]))
    print("| | " + " | ".join(names) + " |\n|" + " --- |" * (len(names) + 1))
    for key in keys:
        cells = [_median([f[key] for f in results[name] if key in f]) for name in names]
        print(f"| {key} | " + " | ".join(cells) + " |")
    print()


def _median(values: list[float]) -> str:
    return f"{statistics.median(values):.3g}" if values else ""


ADAPTER_STARLETTE, ADAPTER_FASTAPI = "adapter, Starlette", "adapter, FastAPI"
STARLETTE_APP, FASTAPI_APP = "runtime, Starlette", "runtime, FastAPI"
GENERATOR_APP = "runtime, generator"
_PROFILED = (STARLETTE_APP, BARE_STARLETTE)
SPAWN = "spawn to first byte, ms"
WARM_FIRST_BYTE, RESIDENT = "warm first byte, ms", "resident after load, MB"


@dataclass(frozen=True)
class Comparison:
    """A figure of two contenders, and the aim for its ratio.

    `limit_program` imports the same packages, calls the app directly and has nothing but a blocking
    socket: no runtime can do less.
    """

    measure: str
    figure: str
    contender: str
    baseline: str
    aim: float
    more_is_better: bool = False
    limit_program: str = ""


COMPARISONS = (
    Comparison(
        "spawn to first byte, Starlette",
        SPAWN,
        STARLETTE_APP,
        ADAPTER_STARLETTE,
        0.42,
        limit_program=BARE_STARLETTE,
    ),
    Comparison(
        "spawn to first byte, FastAPI",
        SPAWN,
        FASTAPI_APP,
        ADAPTER_FASTAPI,
        0.6,
        limit_program=BARE_FASTAPI,
    ),
    Comparison(
        "spawn to first byte, generator",
        SPAWN,
        GENERATOR_APP,
        ADAPTER_STARLETTE,
        0.1,
        limit_program=BARE_GENERATOR,
    ),
    Comparison("spawn to first byte, generator", SPAWN, GENERATOR_APP, BARE_GENERATOR, 1.4),
    Comparison(
        "warm first byte, Starlette",
        WARM_FIRST_BYTE,
        STARLETTE_APP,
        ADAPTER_STARLETTE,
        0.35,
        limit_program=BARE_STARLETTE,
    ),
    Comparison(
        "100 B chunks, Starlette",
        "100 B chunks, thousand/s",
        STARLETTE_APP,
        ADAPTER_STARLETTE,
        5,
        more_is_better=True,
        limit_program=BARE_STARLETTE,
    ),
    Comparison(
        "64 KiB chunks, Starlette",
        "64 KiB chunks, MB/s",
        STARLETTE_APP,
        ADAPTER_STARLETTE,
        3,
        more_is_better=True,
        limit_program=BARE_STARLETTE,
    ),
    Comparison(
        "resident memory, Starlette",
        RESIDENT,
        STARLETTE_APP,
        ADAPTER_STARLETTE,
        0.6,
        limit_program=BARE_STARLETTE,
    ),
)
AIM_SIZE_KB = 36


def measure_all(
    repetitions: int, *, acks_at_once: bool, python: str = sys.executable, only: str = ""
) -> dict[str, list[dict[str, float]]]:
    """Measure each contender in turns."""
    results: dict[str, list[dict[str, float]]] = {}
    adapter = str(ADAPTER) if ADAPTER.is_file() else shutil.which("lambda-adapter")
    for _ in range(repetitions):
        for contender in contenders(python, adapter):
            if only in contender.name:
                figures = measure(contender, acks_at_once=acks_at_once)
                results.setdefault(contender.name, []).append(figures)
    return results


def rows(repetitions: int) -> list[Row]:
    """Return the comparisons whose contenders are installed, and the size that ships."""
    results = measure_all(repetitions, acks_at_once=True)
    return [*comparison_rows(results), _size_row()]


def comparison_rows(results: dict[str, list[dict[str, float]]]) -> list[Row]:
    """Return a row for each comparison."""
    counts = {
        name: count_system_calls(name)
        for name in (STARLETTE_APP, ADAPTER_STARLETTE, BARE_STARLETTE)
        if name in results
    }
    return [
        Row(
            measure=f"Python runtime: {compared.measure}, to {_baseline(compared.baseline)}",
            value=median_ratio(ours, baseline),
            aim=compared.aim,
            more_is_better=compared.more_is_better,
            absolute=describe_medians(ours, baseline, compared.figure.rpartition(", ")[2]),
            count=_count(compared, counts),
            limit=_limit(compared, results),
            limit_program=compared.limit_program,
        )
        for compared in COMPARISONS
        if compared.baseline in results
        for ours, baseline in [_figures(results, compared)]
    ]


def _figures(
    results: dict[str, list[dict[str, float]]], compared: Comparison
) -> tuple[list[float], list[float]]:
    ours = [figures[compared.figure] for figures in results[compared.contender]]
    return ours, [figures[compared.figure] for figures in results[compared.baseline]]


def _baseline(name: str) -> str:
    return "a bare Python process" if name == BARE_GENERATOR else "the adapter with uvicorn"


def _limit(compared: Comparison, results: dict[str, list[dict[str, float]]]) -> float | None:
    if not compared.limit_program:
        return None
    limit = [figures[compared.figure] for figures in results[compared.limit_program]]
    _, baseline = _figures(results, compared)
    return median_ratio(limit, baseline)


def _count(compared: Comparison, counts: dict[str, str]) -> str:
    if compared.figure == RESIDENT:
        return f"{describe_memory()}; the limit: {count_imported_modules(BARE_STARLETTE)} modules"
    if compared.baseline == BARE_GENERATOR:
        modules = count_imported_modules(GENERATOR_APP)
        return f"{modules} modules; the bare process: {count_imported_modules(BARE_GENERATOR)}"
    if compared.figure != WARM_FIRST_BYTE:
        return ""
    return (
        f"{counts[compared.contender]}; the adapter with uvicorn: {counts[compared.baseline]}; "
        f"the limit: {counts[compared.limit_program]}"
    )


def count_system_calls(name: str) -> str:
    """Count the system calls of a warm invocation, of all processes of a contender."""
    adapter = str(ADAPTER) if ADAPTER.is_file() else shutil.which("lambda-adapter")
    contender = next(c for c in contenders(sys.executable, adapter) if c.name == name)
    api = RuntimeApi(acks_at_once=True)
    try:
        with started(contender, api) as (processes, _), ExitStack() as tracers:
            api.run([Job("/")])
            calls = [tracers.enter_context(counted_system_calls(p.pid)) for p in processes]
            api.run([Job("/") for _ in range(WARM)])
            tracers.close()
    finally:
        api.close()
    if any(process.total is None for process in calls):
        return "strace is missing"
    total = sum(process.total or 0 for process in calls)
    return f"{total / WARM:.0f} system calls an invocation"


def count_imported_modules(name: str) -> str:
    """Count the modules of a process that has served one invocation."""
    contender = next(c for c in contenders(sys.executable, None) if c.name == name)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "modules")
        counting = f"RESULT = {str(file)!r}\n{COUNT_MODULES}{contender.source}"
        api = RuntimeApi(acks_at_once=True)
        try:
            with started(replace(contender, source=counting), api) as (processes, _):
                api.run([Job("/")])
                api.close()
                processes[0].wait(10)
            return file.read_text()
        finally:
            api.close()


def describe_memory() -> str:
    """Count the modules of the runtime with Starlette, and the blocks that invocations keep."""
    native = next(c for c in contenders(sys.executable, None) if c.name == STARLETTE_APP)
    api = RuntimeApi(acks_at_once=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "memory")
            counting = replace(native, source=f"RESULT = {str(file)!r}\n{MEMORY}")
            with started(counting, api) as (processes, _):
                api.run([Job("/") for _ in range(300)])
                processes[0].terminate()
                processes[0].wait(10)
            return file.read_text()
    finally:
        api.close()


def _size_row() -> Row:
    source, bytecode = zip_sizes()
    return Row(
        measure="Python runtime: size in the zip file",
        value=source / 1000,
        unit=" kB",
        aim=AIM_SIZE_KB,
        absolute=f"bytecode adds {bytecode / 1000:.0f} kB",
        count=f"{len(bundle.build_runtime_files())} files",
    )


def print_profiles() -> None:
    """Print the functions that take the most time with Starlette, without their callees."""
    with tempfile.TemporaryDirectory() as folder:
        for path, count in (("/", 1000), ("/small", 1), ("/big", 1)):
            file = Path(folder, "profile")
            _profile([Job(path) for _ in range(count)], file)
            print(f"{count} invocations of {path}")
            pstats.Stats(str(file)).sort_stats("tottime").print_stats(20)
    print(f"{format_calls({name: _count_calls(name) for name in _PROFILED})}\n")
    for name in (GENERATOR_APP, BARE_GENERATOR):
        print(f"{name}: {count_imported_modules(name)} modules")


def _count_calls(name: str) -> dict[str, float]:
    """Count the function calls of a warm invocation."""
    profiles = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (1, 1 + WARM):
            file = Path(folder, str(count))
            _profile([Job("/") for _ in range(count)], file, name)
            profiles.append(pstats.Stats(str(file)))
    before, after = profiles
    return count_calls(before, after, WARM)


def _profile(jobs: list[Job], file: Path, name: str = STARLETTE_APP) -> None:
    contender = next(c for c in contenders(sys.executable, None) if c.name == name)
    python, option, start, *arguments = contender.commands[0]
    start = (
        "import atexit, cProfile; profile = cProfile.Profile(); "
        f"atexit.register(profile.dump_stats, {str(file)!r}); profile.enable(); {start}"
    )
    api = RuntimeApi(acks_at_once=True)
    try:
        command = (python, option, start, *arguments)
        with started(replace(contender, commands=(command,)), api) as (processes, _):
            api.run(jobs)
            # It ends when its Runtime API is gone.
            api.close()
            processes[0].wait(10)
    finally:
        api.close()


def main() -> None:
    """Print the figures of each contender."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--only", default="", help="a part of the contenders' names")
    parser.add_argument(
        "--delayed-acknowledgments",
        action="store_true",
        help="a Runtime API that delays its acknowledgments, as most do",
    )
    parser.add_argument("--profile", action="store_true", help="profile the runtime, and no more")
    arguments = parser.parse_args()
    if arguments.profile:
        print_profiles()
        return
    # An early end leaves no process either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}\n")
    results = measure_all(
        arguments.repetitions,
        acks_at_once=not arguments.delayed_acknowledgments,
        python=arguments.python,
        only=arguments.only,
    )
    report(results)


if __name__ == "__main__":
    main()
