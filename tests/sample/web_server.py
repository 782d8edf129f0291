"""The web app as the Web Adapter starts it: a child process in the folder of the app."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).parents[2] / "lambda_src" / "web"

# The peak of what it held in memory is told by the process itself, at its end. On Linux `getrusage`
# would count what the process that started it held.
PROGRAM = """
import pathlib, re, resource, sys, uvicorn
uvicorn.run("app:app", host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
if sys.platform == "linux":
    status = pathlib.Path("/proc/self/status").read_text()
    print(int(re.search(r"VmHWM:\\s+([0-9]+) kB", status)[1]) * 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@dataclass
class WebServer:
    """A running server. `peak_bytes` is known after it has stopped."""

    url: str
    pid: int
    peak_bytes: int = 0


@contextlib.contextmanager
def web_server(folder: Path, **environment: str) -> Iterator[WebServer]:
    """Serve the app with a separate TMPDIR, until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "BEDROCK_", "MEDIA_", "CORS_"))
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port)],
        cwd=WEB,
        env={**kept, "TMPDIR": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    running = WebServer(f"http://127.0.0.1:{port}", process.pid)
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield running
        # On Ctrl-C uvicorn ends in good order, and the program goes on to its last line.
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=15)
        running.peak_bytes = int(output or 0)
    finally:
        process.kill()
        process.wait()
