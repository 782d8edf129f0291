"""One request, each arrival of the body reported the moment it is read.

Two ways, alike in what they give: the real curl, and Python alone.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streaming_construct.probe.timeline import Arrival, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_READ_BYTES = 65_536


@dataclass(frozen=True)
class Response:
    """What came back: status (0 for none), content type, the body's arrivals, what went wrong."""

    status: int
    content_type: str
    timeline: Timeline
    error: str | None = None


def fetch_with_curl(url: str, timeout: float, show: Callable[[Arrival], None]) -> Response:
    """Request `url` with the curl on PATH, for `timeout` seconds at most in all."""
    # -q: whatever a ~/.curlrc says is not part of what is measured.
    command = ["curl", "-q", "-N", "-sS", "--max-time", f"{timeout:g}"]
    # A proxy for the world outside does not reach this machine's loopback.
    command += ["--noproxy", "localhost,127.0.0.1,::1"]
    command += ["--write-out", r"%{stderr}\n%{http_code} %{content_type}", url]
    arrivals: list[Arrival] = []
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, bufsize=0) as curl:
            try:
                while curl.stdout and (data := os.read(curl.stdout.fileno(), _READ_BYTES)):
                    arrivals.append(Arrival(time.monotonic() - start, data))
                    show(arrivals[-1])
            except BaseException:
                curl.kill()
                raise
        total = time.monotonic() - start
        errors.seek(0)
        words, _, last_line = errors.read().decode(errors="replace").rpartition("\n")
    status, _, content_type = last_line.partition(" ")
    error = None if curl.returncode == 0 else words.strip() or f"curl ended with {curl.returncode}"
    timeline = Timeline(tuple(arrivals), total)
    return Response(int(status) if status.isdigit() else 0, content_type, timeline, error)


def fetch_with_python(
    url: str,
    timeout: float,
    show: Callable[[Arrival], None],
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Response:
    """Request `url` with the standard library, for `timeout` seconds at most between two reads."""
    parts = urlsplit(url)
    scheme = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = scheme(parts.netloc, timeout=timeout)
    arrivals: list[Arrival] = []
    status, content_type, error = 0, "", None
    start = time.monotonic()
    try:
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection.request(method, target, body, dict(headers or {}))
        response = connection.getresponse()
        status, content_type = response.status, response.headers.get("Content-Type", "")
        # read1 returns what is there; read would wait until it has all it was asked for.
        while data := response.read1(_READ_BYTES):
            arrivals.append(Arrival(time.monotonic() - start, data))
            show(arrivals[-1])
    except (OSError, HTTPException) as problem:
        error = f"{type(problem).__name__}: {problem}"
    finally:
        connection.close()
    timeline = Timeline(tuple(arrivals), time.monotonic() - start)
    return Response(status, content_type, timeline, error)
