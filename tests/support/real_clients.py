"""Clients of other projects, each used as its documentation describes, and what they received."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import httpx
import httpx_sse
import pytest
import requests

from streaming_construct.local.lambda_.invocation import FunctionNotRunnableError
from streaming_construct.local.lambda_.runtimes.nodejs import find_node

SCRIPT = Path(__file__).with_suffix(".mjs")
EVENTSOURCE = "5.1.5"
_SECONDS = 60.0  # the longest that any client may take


@dataclass(frozen=True)
class Request:
    """One request to the API.

    Attributes:
        path: The path and the query.
        events: Whether it asks for Server-Sent Events, which a client may know how to read.
        body: JSON that is posted; without it the request is a GET.
        pause: The seconds before each chunk. Requests that differ in the pause only are equal.
    """

    path: str
    events: bool = False
    body: str | None = None
    pause: float = field(default=0.2, compare=False)

    @property
    def target(self) -> str:
        """The path and the query, with the pause."""
        return f"{self.path}{'&' if '?' in self.path else '?'}pause={self.pause}"

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "GET" if self.body is None else "POST"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that the body needs."""
        return {} if self.body is None else {"Content-Type": "application/json"}


@dataclass
class ReceivedResponse:
    """The status, the received data with times, and the errors that the client reported."""

    status: int | None = None
    arrivals: list[tuple[float, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def arrive(self, chunks: Iterable[str]) -> None:
        """Record each chunk with its time."""
        for chunk in chunks:
            self.arrivals.append((time.monotonic(), chunk))

    @property
    def lines(self) -> list[str]:
        """Return the received data without separators."""
        joined = "\n".join(chunk.rstrip("\n") for _, chunk in self.arrivals)
        return [line for line in joined.split("\n") if line]

    @property
    def seconds(self) -> float:
        """Return the seconds from the first arrival to the last."""
        return self.arrivals[-1][0] - self.arrivals[0][0]

    @property
    def moments(self) -> int:
        """Return the number of arrivals after a pause, the first included."""
        times = [moment for moment, _ in self.arrivals]
        return 1 + sum(later - sooner > 0.05 for sooner, later in pairwise(times))


def with_curl(api: str, ask: Request) -> ReceivedResponse:
    """Request with `curl -N`: its error is its exit code."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl on PATH")
    received = ReceivedResponse()
    # --noproxy: a proxy that this machine may have is not to stand between.
    command = [curl, "-sN", "--noproxy", "*", "--max-time", str(_SECONDS), api + ask.target]
    command += ["-w", "%{stderr}%{http_code}"]
    if ask.body is not None:
        command += ["-H", "Content-Type: application/json", "-d", ask.body]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        assert child.stderr
        received.arrive(child.stdout)
        received.status = int(child.stderr.read())
    if child.returncode:
        received.errors.append(f"exit code {child.returncode}")
    return received


def with_requests(api: str, ask: Request) -> ReceivedResponse:
    """Request with `requests`, and `iter_lines`."""
    received = ReceivedResponse()
    try:
        with requests.request(
            ask.method,
            api + ask.target,
            data=ask.body,
            headers=ask.headers,
            stream=True,
            timeout=_SECONDS,
        ) as response:
            received.status = response.status_code
            response.encoding = "utf-8"  # it decodes only what it knows the encoding of
            received.arrive(response.iter_lines(decode_unicode=True))
    except requests.RequestException as error:
        received.errors.append(type(error).__name__)
    return received


def with_httpx(api: str, ask: Request) -> ReceivedResponse:
    """Request with `httpx`, and `httpx-sse` for events."""
    received = ReceivedResponse()
    try:
        with httpx.stream(
            ask.method, api + ask.target, content=ask.body, headers=ask.headers, timeout=_SECONDS
        ) as response:
            received.status = response.status_code
            if ask.events and response.is_success:
                events = httpx_sse.EventSource(response).iter_sse()
                received.arrive(f"{event.id} {event.data}" for event in events)
            else:
                received.arrive(response.iter_lines())
    except httpx.HTTPError as error:
        received.errors.append(type(error).__name__)
    return received


def with_node_fetch(api: str, ask: Request) -> ReceivedResponse:
    """Request with the `fetch` of Node.js."""
    init = {"method": ask.method} if ask.body is None else {"method": "POST", "body": ask.body}
    return _in_node(
        f"await fetched({json.dumps(api + ask.target)}, {json.dumps(init)})", Path(__file__).parent
    )


def with_eventsource(api: str, ask: Request) -> ReceivedResponse:
    """Request with npm's `eventsource`, in Node.js."""
    return _in_node(
        "await followed((await import('eventsource')).EventSource, "
        f"{json.dumps(api + ask.target)})",
        eventsource_folder(),
    )


def _in_node(expression: str, folder: Path) -> ReceivedResponse:
    """Evaluate an expression in Node.js, with the packages of the folder."""
    code = (
        f"import {{ fetched, followed }} from {json.dumps(SCRIPT.as_uri())};"
        # The wait of `eventsource` before it reconnects does not keep a program alive by itself.
        "const awake = setInterval(() => {}, 1000);"
        f"console.log(JSON.stringify({expression}));"
        "clearInterval(awake)"
    )
    done = subprocess.run(
        [_node(), "--input-type=module", "--eval", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return ReceivedResponse(**json.loads(done.stdout))


def _node() -> str:
    try:
        return find_node()
    except FunctionNotRunnableError as reason:
        pytest.skip(str(reason))


@lru_cache(maxsize=1)
def eventsource_folder() -> Path:
    """Return the folder with npm's `eventsource`, which is installed once and cached."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "streaming-construct" / f"eventsource-{EVENTSOURCE}"
    if not folder.is_dir():
        _install(f"eventsource@{EVENTSOURCE}", folder)
    return folder


def _install(package: str, folder: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    npm = shutil.which("npm", path=path)
    if npm is None:
        pytest.skip(f"{package} is not here, and there is no npm on PATH to install it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        temporary = Path(beside) / folder.name
        temporary.mkdir()
        command = [
            npm,
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(temporary),
        ]
        try:
            done = subprocess.run(
                [*command, package],
                cwd=temporary,
                env={**os.environ, "PATH": path},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm did not install {package} within a minute")
        if done.returncode:
            pytest.skip(f"npm cannot install {package}: {done.stderr.strip()[-300:]}")
        # Whole or not at all; where another test run was faster, its folder stays.
        if not folder.exists():
            temporary.rename(folder)
