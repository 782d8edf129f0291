"""The local gateway's whole chain (client, gateway, adapter, app) beside the app alone.

Both run all the time and are asked in turn, so that what disturbs the machine disturbs both; what
counts are the ratios. `python benchmarks/local_gateway.py [REPETITIONS]`, 5 by default. The last
part starts the sample, which needs Node.js for its synthesis: `--no-sample` leaves it out.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from streaming_construct.local.lambda_.packages.python_environment import python_environment
from streaming_construct.local.lambda_.packages.python_interpreters import OWN

ROOT = Path(__file__).parents[1]
SMALL, SMALL_COUNT = 100, 50_000
LARGE, LARGE_COUNT = 64 * 1024, 2_000
PACED_COUNT = 100

APP = f"""
import asyncio, time

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"application/octet-stream")]
    await send({{"type": "http.response.start", "status": 200, "headers": headers}})
    async def say(data, more=True):
        await send({{"type": "http.response.body", "body": data, "more_body": more}})
    path = scope["path"]
    if path == "/small":
        for _ in range({SMALL_COUNT}):
            await say(b"x" * {SMALL})
    elif path == "/large":
        for _ in range({LARGE_COUNT}):
            await say(b"x" * {LARGE})
    elif path == "/paced":
        for _ in range({PACED_COUNT}):
            await say(b"<%d>" % time.monotonic_ns())
            await asyncio.sleep(0.005)
    await say(b"end", False)
"""
SERVE = "python -m uvicorn --port $PORT --log-level warning --no-access-log app:app"


@dataclass(frozen=True)
class Target:
    """Where to send requests, and the process whose time counts."""

    url: str
    pid: int


def ask(url: str) -> Iterator[tuple[float, bytes]]:
    """Send a request over a connection of its own; yield what arrives, and when."""
    parts = urlsplit(url)
    head = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=60) as client:
        client.sendall(head)
        last = b""
        while not last.endswith(b"0\r\n\r\n"):
            data = client.recv(1 << 18)
            if not data:
                raise ConnectionError(f"{url} was cut")
            yield time.monotonic(), data
            last = (last + data)[-16:]


def first_byte(target: Target) -> float:
    """Milliseconds until the first byte of a warm answer: the median of 40, one after a pause."""
    took = []
    for _ in range(40):
        time.sleep(0.02)
        began = time.monotonic()
        arrivals = list(ask(target.url + "/first"))
        took.append((arrivals[0][0] - began) * 1000)
    return statistics.median(took)


def latency(target: Target) -> float:
    """Milliseconds from a chunk's writing to its arrival: the median of a hundred, 5 ms apart."""
    return statistics.median(
        moment * 1000 - int(part.partition(b">")[0]) / 1e6
        for moment, data in ask(target.url + "/paced")
        for part in data.split(b"<")[1:]
    )


def chunk_rate(target: Target) -> float:
    """Thousands of 100-byte chunks a second."""
    return SMALL_COUNT / seconds(target, "/small") / 1000


def chunk_cost(target: Target) -> float:
    """Microseconds of the process's own CPU time for a 100-byte chunk."""
    before = cpu_seconds(target.pid)
    seconds(target, "/small")
    return (cpu_seconds(target.pid) - before) / SMALL_COUNT * 1e6


def throughput(target: Target) -> float:
    """Megabytes a second in 64 KiB chunks."""
    return LARGE_COUNT * LARGE / seconds(target, "/large") / 1e6


def seconds(target: Target, path: str) -> float:
    began = time.monotonic()
    for moment, _ in ask(target.url + path):
        last = moment
    return last - began


def cpu_seconds(pid: int) -> float:
    """A process's CPU time so far; zero where there is no /proc."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def write_assembly(folder: Path) -> Path:
    """An assembly with the app behind the adapter and one route to it."""
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
    integration = {"type": "aws_proxy", "uri": uri, "responseTransferMode": "STREAM"}
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


@contextmanager
def gateway(assembly: Path) -> Iterator[Target]:
    """The gateway as a user starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streaming_construct", "local", str(assembly), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout
        url = next(line for line in process.stdout if line.startswith("http://")).strip()
        # What it says goes on; nobody may be kept waiting by a pipe that is full.
        subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        yield Target(url.rstrip("/"), process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def web_app(folder: Path, path: str = os.environ["PATH"]) -> Iterator[Target]:
    """The app alone, as its `run.sh` starts it."""
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


def until_answered(target: Target, path: str) -> float:
    """The moment at which the first byte of the first answer is there."""
    while True:
        with suppress(ConnectionError):
            return next(ask(target.url + path))[0]
        time.sleep(0.002)


MEASURES: dict[str, Callable[[Target], float]] = {
    "first byte, ms": first_byte,
    "chunk latency, ms": latency,
    "100 B chunks, thousand/s": chunk_rate,
    "64 KiB chunks, MB/s": throughput,
    "CPU per 100 B chunk, µs": chunk_cost,
}


def compare(repetitions: int) -> None:
    """Print every measure: both medians, and the median of the ratios of each repetition."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        assembly = write_assembly(folder / "cdk.out")
        chain = stack.enter_context(gateway(assembly))
        direct = stack.enter_context(web_app(assembly / "asset.app"))
        for target in (direct, chain):
            until_answered(target, "/first")
        print(f"| {'':25} | {'app alone':>10} | {'whole chain':>11} | {'ratio':>6} |")
        print(f"| {'-' * 25} | {'-' * 9}: | {'-' * 10}: | {'-' * 5}: |")
        for name, measure in MEASURES.items():
            pairs = [(measure(direct), measure(chain)) for _ in range(repetitions)]
            alone, whole = (statistics.median(column) for column in zip(*pairs, strict=True))
            ratio = statistics.median(after / before if before else 0 for before, after in pairs)
            print(f"| {name:25} | {alone:10.2f} | {whole:11.2f} | {ratio:6.2f} |", flush=True)


def start_sample(repetitions: int) -> None:
    """Print how long the sample takes from its command to its first byte, and its app alone."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {**os.environ, "CDK_OUTDIR": folder}
        subprocess.run([sys.executable, str(ROOT / "app.py")], cwd=ROOT, env=variables, check=True)
        code = next(script.parent for script in Path(folder).glob("asset.*/run.sh"))
        requirements = sorted(Path(folder).glob("asset.*/requirements.txt"))
        python = asyncio.run(python_environment(requirements, OWN, print))
        path = f"{python}{os.pathsep}{os.environ['PATH']}"
        with gateway(Path(folder)) as target:  # what is to be installed is installed now
            until_answered(target, "/v1/models")
        chain, alone = [], []
        for _ in range(repetitions):
            began = time.monotonic()
            with web_app(code, path) as target:
                alone.append(until_answered(target, "/v1/models") - began)
            began = time.monotonic()
            with gateway(Path(folder)) as target:
                chain.append(until_answered(target, "/v1/models") - began)
    more = statistics.median(b - a for a, b in zip(alone, chain, strict=True))
    print(
        f"\nsample, from the command to the first byte: {statistics.median(chain):.2f} s; "
        f"its app alone {statistics.median(alone):.2f} s; {more:.2f} s more"
    )


def main() -> None:
    given = [argument for argument in sys.argv[1:] if argument.isdigit()]
    repetitions = int(given[0]) if given else 5
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}\n")
    compare(repetitions)
    if "--no-sample" not in sys.argv:
        start_sample(repetitions)


if __name__ == "__main__":
    main()
