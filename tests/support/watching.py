"""The local gateway as a separate process, while a test edits the project."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


class WatchedGateway:
    """`streaming-construct local --watch` on a project, in a separate process."""

    def __init__(self, project: Path, *options: str) -> None:
        self.project = project
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streaming_construct", "local", "--port=0", "--watch", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.url = self.wait_for_line("http://")

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait_for_line(self, text: str, seconds: float = 20) -> str:
        """Wait for the first line with this text; return it."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if matching := [line for line in tuple(self.lines) if text in line]:
                return matching[0]
            time.sleep(0.02)
        raise AssertionError(f"no line has {text!r}: {self.lines}")

    def wait_for_lines(self, text: str, count: int, seconds: float = 60) -> None:
        """Wait until so many lines have this text."""
        ends = time.monotonic() + seconds
        while sum(text in line for line in tuple(self.lines)) < count:
            assert time.monotonic() < ends, self.lines
            time.sleep(0.02)

    def edit(self, name: str, before: str, after: str) -> None:
        file = self.project / name
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after))

    def seconds_until(self, path: str, response: str, seconds: float = 20) -> float:
        """Return the seconds until the response of a path has this text."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if httpx.get(self.url + path, timeout=20).text == response:
                return time.monotonic() - began
            time.sleep(0.02)
        raise AssertionError(f"no {response!r}: {self.lines}")

    def stop(self) -> None:
        """End the gateway."""
        self.process.terminate()
        self.process.wait(20)
