"""Counts of system calls and of imported modules, which other programs do not disturb."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class SystemCalls:
    """The number of system calls of a process. None without strace."""

    total: int | None = None

    def describe(self, requests: int, unit: str = "a request") -> str:
        """Return the number for one of some requests, as text."""
        if self.total is None:
            return "strace is missing"
        return f"{self.total / requests:.0f} system calls {unit}"


@contextmanager
def counted_system_calls(pid: int) -> Iterator[SystemCalls]:
    """Count the system calls of a process, its threads and its later children, with strace."""
    calls = SystemCalls()
    strace = shutil.which("strace")
    if strace is None:
        yield calls
        return
    with tempfile.NamedTemporaryFile("r", suffix=".strace") as summary:
        # With --follow-forks, strace attaches to the threads that run already.
        tracer = subprocess.Popen(
            [
                strace,
                "--follow-forks",
                "--summary-only",
                "--output",
                summary.name,
                f"--attach={pid}",
            ],
            stderr=subprocess.DEVNULL,
        )
        _wait_until_attached(pid, tracer)
        try:
            yield calls
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(10)
        calls.total = _total(Path(summary.name).read_text())


def _wait_until_attached(pid: int, tracer: subprocess.Popen[bytes]) -> None:
    status = Path(f"/proc/{pid}/status")
    while f"TracerPid:\t{tracer.pid}\n" not in status.read_text() and tracer.poll() is None:
        time.sleep(0.01)


def _total(summary: str) -> int | None:
    """Return the calls of the last line: seconds, usecs a call, calls, errors, `total`."""
    total = re.search(
        r"^\s*100\.00\s+\S+\s+(?:\d+\s+)?(\d+)(?:\s+\d+)?\s+total$", summary, re.MULTILINE
    )
    return int(total[1]) if total else None


def count_modules(arguments: Sequence[str]) -> int:
    """Return the number of modules that a Python command imports, the interpreter's included."""
    process = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,  # lint exits with status 1 if it finds something
    )
    return sum(line.startswith("import time:") for line in process.stderr.splitlines()) - 1
