"""The web app on loopback: in a thread, or in a child process as the Web Adapter starts it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

WEB = Path(__file__).parents[2] / "lambda_src" / "web"

# The process prints the peak of its memory when SIGUSR1 asks for it. On Linux `getrusage` would
# count the memory of the process that started it.
PROGRAM = """
import pathlib, re, resource, signal, sys, uvicorn


def print_peak(*_):
    if sys.platform == "linux":
        status = pathlib.Path("/proc/self/status").read_text()
        peak = int(re.search(r"VmHWM:\\s+([0-9]+) kB", status)[1]) * 1024
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak, flush=True)


signal.signal(signal.SIGUSR1, print_peak)
uvicorn.run("app:app", host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
"""


@dataclass
class WebServer:
    """A running server in a separate process."""

    url: str
    process: subprocess.Popen[str]

    def peak_bytes(self) -> int:
        """Return the peak of the memory that the process has held so far."""
        assert self.process.stdout
        self.process.send_signal(signal.SIGUSR1)
        return int(self.process.stdout.readline())


@contextlib.contextmanager
def app_server(app: Any) -> Iterator[str]:
    """Serve an app in a thread, until the end of the block; yield its URL.

    A separate process would import FastAPI again, which takes longer than most tests.
    """
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
            assert not thread.is_alive()


@contextlib.contextmanager
def web_server(folder: Path) -> Iterator[WebServer]:
    """Serve the app in a process with a separate TMPDIR, until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "BEDROCK_", "MEDIA_", "CORS_"))
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port)],
        cwd=WEB,
        env={**inherited, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield WebServer(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.communicate()
