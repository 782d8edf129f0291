"""The chain of the local gateway (client, gateway, adapter, app), compared with the app alone.

    python -m benchmarks.local_gateway [--repetitions N] [--sample]

A bare intermediary in place of the gateway shows the lower bound. All run concurrently and receive
requests in turns, so that other programs affect each of them. Compare the ratios. `--sample` also
starts the sample, which needs Node.js for its synthesis. `benchmarks.gateway_profile` shows where
the gateway spends its time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from benchmarks.row import Row, describe_medians, format_rows, median_ratio
from benchmarks.system_calls import counted_system_calls
from streaming_construct.local.lambda_.packages.install_progress import InstallProgress
from streaming_construct.local.lambda_.packages.python_environment import create_python_environment
from streaming_construct.local.lambda_.packages.python_interpreters import HOST_INTERPRETER

ROOT = Path(__file__).parents[1]
SMALL, SMALL_COUNT = 100, 50_000
LARGE, LARGE_COUNT = 64 * 1024, 2_000
PACED_COUNT = 100
# 100 clients at once, 20 chunks a second each, which begin when all streams are open.
STREAMS, STEADY_COUNT, STEADY_SECONDS, OPENING_SECONDS = 100, 100, 0.05, 1.5
FIRST_BYTES = 40

APP = f"""
import asyncio, time

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"application/octet-stream")]
    await send({{"type": "http.response.start", "status": 200, "headers": headers}})
    async def write(data, more=True):
        await send({{"type": "http.response.body", "body": data, "more_body": more}})
    path = scope["path"]
    if path == "/small":
        for _ in range({SMALL_COUNT}):
            await write(b"x" * {SMALL})
    elif path == "/large":
        for _ in range({LARGE_COUNT}):
            await write(b"x" * {LARGE})
    elif path == "/paced":
        for _ in range({PACED_COUNT}):
            await write(b"<%d>" % time.monotonic_ns())
            await asyncio.sleep(0.005)
    elif path == "/hold":
        await asyncio.sleep(4)
    elif path.startswith("/steady/"):
        begin = int(path.rpartition("/")[2]) / 1e9
        for number in range({STEADY_COUNT}):
            await asyncio.sleep(begin + number * {STEADY_SECONDS} - time.monotonic())
            await write(b"<%d>" % time.monotonic_ns())
    await write(b"end", False)
"""
# The connections of the bare intermediary stay open for all runs.
SERVE = (
    "python -m uvicorn --port $PORT --log-level warning --no-access-log --timeout-keep-alive 3600 "
    "app:app"
)


@dataclass(frozen=True)
class Target:
    """The URL of a server, and the process whose CPU time counts."""

    url: str
    pid: int


def send_request(url: str) -> Iterator[tuple[float, bytes]]:
    """Send a request over a new connection; yield the received data with times."""
    parts = urlsplit(url)
    head = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=8) as client:
        client.sendall(head)
        last = b""
        while not last.endswith(b"0\r\n\r\n"):
            data = client.recv(1 << 18)
            if not data:
                raise ConnectionError(f"{url} was cut")
            if not last and not data.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{url}: {data.decode()}")
            yield time.monotonic(), data
            last = (last + data)[-16:]


def first_byte(target: Target) -> float:
    """Return the milliseconds to the first byte of a warm response: the median of 40."""
    took = []
    for _ in range(FIRST_BYTES):
        time.sleep(0.02)
        began = time.monotonic()
        arrivals = list(send_request(target.url + "/first"))
        took.append((arrivals[0][0] - began) * 1000)
    return statistics.median(took)


def steady_latency(urls: Sequence[str], *, is_burst: bool = False) -> float:
    """Return the milliseconds from writing a chunk to its arrival, a stream a URL: the p99.

    The first chunk of each stream has a random moment within the 50 ms of a chunk, the same ones in
    each run. In a burst, all streams have the same moment.
    """
    moments = random.Random(1)
    begin = time.monotonic() + OPENING_SECONDS
    begins = [begin + moments.uniform(0, 0 if is_burst else STEADY_SECONDS) for _ in urls]
    late = uvloop.run(
        _read_streams(
            [f"{url}/steady/{int(at * 1e9)}" for url, at in zip(urls, begins, strict=True)]
        )
    )
    return sorted(late)[int(len(late) * 0.99)]


async def _read_streams(urls: Sequence[str]) -> list[float]:
    streams = await asyncio.gather(*map(_read_stream, urls))
    return [late for stream in streams for late in stream]


async def _read_stream(url: str) -> list[float]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    late: list[float] = []
    last = b""
    while not last.endswith(b"0\r\n\r\n"):
        data = await reader.read(1 << 16)
        now = time.monotonic_ns()
        if not data:
            raise ConnectionError("a stream was truncated")
        late += [(now - int(part.partition(b">")[0])) / 1e6 for part in data.split(b"<")[1:]]
        last = (last + data)[-16:]
    writer.close()
    return late


def chunk_rate(target: Target) -> float:
    """Return the thousands of 100-byte chunks a second."""
    return SMALL_COUNT / seconds(target, "/small") / 1000


def throughput(target: Target) -> float:
    """Return the megabytes a second in 64 KiB chunks."""
    return LARGE_COUNT * LARGE / seconds(target, "/large") / 1e6


def seconds(target: Target, path: str) -> float:
    began = time.monotonic()
    for moment, _ in send_request(target.url + path):
        last = moment
    return last - began


def write_assembly(folder: Path) -> Path:
    """Write an assembly with the app behind the adapter and one route to it."""
    asset = folder / "asset.app"
    asset.mkdir(parents=True)
    (asset / "app.py").write_text(APP)
    (asset / "run.sh").write_text(f"#!/bin/sh\nexec {SERVE}\n")
    (asset / "run.sh").chmod(0o755)
    variables = {
        "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
        "AWS_LWA_INVOKE_MODE": "response_stream",
    }
    layer = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:30"
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/"
        "arn:aws:lambda:us-east-1:123456789012:function:app/response-streaming-invocations"
    )
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    integration["responseTransferMode"] = "STREAM"
    operation = {"x-amazon-apigateway-integration": {**integration, "timeoutInMillis": 60_000}}
    paths = {"/{proxy+}": {"get": operation}}
    resources = {
        "App": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "app",
                "Runtime": "python3.14",
                "Handler": "run.sh",
                "Timeout": 60,
                "Layers": [layer],
                "Environment": {"Variables": variables},
                "Code": {"S3Bucket": "b", "S3Key": "app.zip"},
            },
        },
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": {"paths": paths}}},
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod"},
        },
    }
    destinations = {"here": {"bucketName": "b", "objectKey": "app.zip"}}
    files = {"app": {"source": {"path": "asset.app"}, "destinations": destinations}}
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "B.template.json"}}
    for name, content in {
        "B.template.json": {"Resources": resources},
        "B.assets.json": {"files": files},
        "manifest.json": {"artifacts": {"B": stack}},
    }.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def list_interpreter_arguments(profile: Path | None) -> list[str]:
    """Return the command of Python, with cProfile if it has a file for its results."""
    cprofile = [] if profile is None else ["-m", "cProfile", "-o", str(profile)]
    return [sys.executable, *cprofile]


@contextmanager
def gateway(assembly: Path, profile: Path | None = None) -> Iterator[Target]:
    """Run the gateway as a user starts it, or with cProfile."""
    process = subprocess.Popen(
        [
            *list_interpreter_arguments(profile),
            "-m",
            "streaming_construct",
            "local",
            str(assembly),
            "--port",
            "0",
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout
        url = next(line for line in process.stdout if line.startswith("http://")).strip()
        # The gateway continues to print, and a full pipe would block it.
        subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        yield Target(url.rstrip("/"), process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def bare_intermediary(apps: Sequence[Target], *, stops_apps: bool = False) -> Iterator[Target]:
    """Run the bare intermediary before apps. It stops an app with a PID between requests."""
    ports = [f"{urlsplit(app.url).port}{f':{app.pid}' if stops_apps else ''}" for app in apps]
    try:
        with intermediary([sys.executable, "-m", "benchmarks.bare_intermediary", *ports]) as target:
            yield target
    finally:
        for app in apps:
            os.kill(app.pid, signal.SIGCONT)


@contextmanager
def intermediary(command: Sequence[str]) -> Iterator[Target]:
    """Run a program that prints its URL as its first line, and ends with SIGTERM."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout
        yield Target(process.stdout.readline().strip(), process.pid)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def web_app(folder: Path, path: str = os.environ["PATH"]) -> Iterator[Target]:
    """Run the app alone, as its `run.sh` starts it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(folder / "run.sh")],
        cwd=folder,
        env={**os.environ, "PATH": path, "PORT": str(port), "AWS_LWA_PORT": str(port)},
    )
    try:
        yield Target(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(30)


def wait_for_response(target: Target, path: str, *, is_chunked: bool = True) -> float:
    """Return the time of the first byte of the first response.

    A chunked response is read to its end: the bare intermediary serves one request at a time.
    """
    while True:
        with suppress(ConnectionError):
            response = send_request(target.url + path)
            began, _ = next(response)
            if is_chunked:
                list(response)
            return began
        time.sleep(0.002)


@dataclass(frozen=True)
class Measure:
    """A measure of a target, and the aim for the ratio of the chain to the app alone."""

    name: str
    unit: str
    run: Callable[[Target], float]
    aim: float
    more_is_better: bool = False


MEASURES = (
    Measure("first byte", "ms", first_byte, 2),
    Measure("100 B chunks", "thousand/s", chunk_rate, 1, more_is_better=True),
    Measure("64 KiB chunks", "MB/s", throughput, 0.8, more_is_better=True),
)
AIM_ADDED_LATENCY_MS = 5


def rows(repetitions: int) -> list[Row]:
    """Return each measure as a ratio, and the latency that the gateway adds to 100 streams."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        assembly = write_assembly(folder / "cdk.out")
        chain = stack.enter_context(gateway(assembly))
        direct = stack.enter_context(web_app(assembly / "asset.app"))
        bare_app = stack.enter_context(web_app(assembly / "asset.app"))
        for target in (direct, chain, bare_app):
            wait_for_response(target, "/first")
        bare = stack.enter_context(bare_intermediary([bare_app], stops_apps=True))
        with counted_system_calls(chain.pid) as calls:
            first_byte(chain)
        counts = {"first byte": f"{calls.describe(FIRST_BYTES)}, in the gateway"}
        result = []
        for measure in MEASURES:
            runs = [tuple(map(measure.run, (direct, bare, chain))) for _ in range(repetitions)]
            alone, least, all_times = map(list, zip(*runs, strict=True))
            result.append(
                Row(
                    measure=f"local gateway: {measure.name}, to the app alone",
                    value=median_ratio(all_times, alone),
                    aim=measure.aim,
                    more_is_better=measure.more_is_better,
                    absolute=describe_medians(all_times, alone, measure.unit),
                    count=counts.get(measure.name, ""),
                    limit=median_ratio(least, alone),
                    limit_program="bare intermediary",
                )
            )
        return [*result, _latency_row(chain, assembly / "asset.app", repetitions)]


def _latency_row(chain: Target, folder: Path, repetitions: int) -> Row:
    """Return the latency that the gateway adds to a chunk of 100 streams at once.

    The baseline has as many processes of the app as the gateway starts execution environments.
    """
    # In steps: all at once would exceed the 10 s of a function initialization.
    for count in range(10, STREAMS + 1, 10):
        asyncio.run(_read_streams([f"{chain.url}/hold"] * count))
    with ExitStack() as stack:
        apps = []
        for number in range(STREAMS):
            apps.append(stack.enter_context(web_app(folder)))
            if number % 10 == 9:
                for app in apps[-10:]:
                    wait_for_response(app, "/first")
        bare = stack.enter_context(bare_intermediary(apps))
        spread = _latencies(apps, bare, chain, repetitions)
        burst = _latencies(apps, bare, chain, repetitions, is_burst=True)
    return Row(
        measure="local gateway: latency that it adds to a chunk of 100 streams, p99",
        value=spread.added_by_chain,
        unit=" ms",
        aim=AIM_ADDED_LATENCY_MS,
        absolute=describe_medians(spread.chain, spread.direct, "ms"),
        count=(
            f"all streams in bursts: {burst.added_by_chain:.2f} ms, bare intermediary: "
            f"{burst.added_by_bare:.2f} ms"
        ),
        limit=spread.added_by_bare,
        limit_program="bare intermediary",
    )


@dataclass(frozen=True)
class _Latencies:
    """The latencies of the app alone, of the bare intermediary and of the chain, in ms."""

    direct: Sequence[float]
    bare: Sequence[float]
    chain: Sequence[float]

    @property
    def added_by_bare(self) -> float:
        return statistics.median(b - a for a, b in zip(self.direct, self.bare, strict=True))

    @property
    def added_by_chain(self) -> float:
        return statistics.median(b - a for a, b in zip(self.direct, self.chain, strict=True))


def _latencies(
    apps: Sequence[Target],
    bare: Target,
    chain: Target,
    repetitions: int,
    *,
    is_burst: bool = False,
) -> _Latencies:
    sides = ([app.url for app in apps], [bare.url] * len(apps), [chain.url] * len(apps))
    runs = [[steady_latency(urls, is_burst=is_burst) for urls in sides] for _ in range(repetitions)]
    direct, least, gateway = zip(*runs, strict=True)
    return _Latencies(direct, least, gateway)


def start_sample(repetitions: int) -> None:
    """Print how long the sample takes from its command to its first byte, and its app alone."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {**os.environ, "CDK_OUTDIR": folder}
        subprocess.run([sys.executable, str(ROOT / "app.py")], cwd=ROOT, env=variables, check=True)
        code = next(script.parent for script in Path(folder).glob("asset.*/run.sh"))
        requirements = sorted(Path(folder).glob("asset.*/requirements.txt"))
        python = asyncio.run(
            create_python_environment(requirements, HOST_INTERPRETER, InstallProgress(print))
        )
        path = f"{python}{os.pathsep}{os.environ['PATH']}"
        with gateway(Path(folder)) as target:  # what is to be installed is installed now
            wait_for_response(target, "/v1/models", is_chunked=False)
        chain, alone = [], []
        for _ in range(repetitions):
            began = time.monotonic()
            with web_app(code, path) as target:
                alone.append(wait_for_response(target, "/v1/models", is_chunked=False) - began)
            began = time.monotonic()
            with gateway(Path(folder)) as target:
                chain.append(wait_for_response(target, "/v1/models", is_chunked=False) - began)
    more = statistics.median(b - a for a, b in zip(alone, chain, strict=True))
    print(
        f"\nsample, from the command to the first byte: {statistics.median(chain):.2f} s; "
        f"its app alone {statistics.median(alone):.2f} s; {more:.2f} s more"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--sample", action="store_true", help="start the sample too")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}\n")
    print(format_rows(rows(options.repetitions)))
    if options.sample:
        start_sample(options.repetitions)


if __name__ == "__main__":
    main()
