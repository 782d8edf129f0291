"""A function of a few lines, as a child process with a Runtime API on a real socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.runtime.runtime_api_server import Recorded, RuntimeApiServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent.parent


class Function:
    """A child process that runs one handler."""

    def __init__(self, server: RuntimeApiServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def start(self, source: str, handler: str = "app:handler", **env: str) -> None:
        (self.folder / "app.py").write_text(textwrap.dedent(source))
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streaming_construct.runtime", handler],
                cwd=self.folder,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": str(ROOT),
                    "AWS_LAMBDA_RUNTIME_API": self.server.address,
                    **env,
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def call(self, event: object, **headers: str) -> Recorded:
        self.server.invoke(event, **headers)
        return self.server.wait_for_response()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def wait_for_log(self, text: str, times: int = 1) -> None:
        """Wait until the log has `text`: a function may write after its response."""
        deadline = time.monotonic() + 30
        while self.log.count(text) < times and time.monotonic() < deadline:
            time.sleep(0.01)
        assert self.log.count(text) >= times, self.log

    def stop(self) -> int:
        """Send SIGTERM; return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(30)


@pytest.fixture
def server() -> Iterator[RuntimeApiServer]:
    with RuntimeApiServer() as server:
        yield server


@pytest.fixture
def function(server: RuntimeApiServer, tmp_path: Path) -> Iterator[Function]:
    function = Function(server, tmp_path)
    try:
        yield function
    finally:
        function.end()


@pytest.fixture(scope="module")
def shared_function(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Function]]:
    """Start one process for all tests of a module that use the same source and variables."""
    functions: dict[str, Function] = {}
    with ExitStack() as servers:

        def start(source: str, **env: str) -> Function:
            key = repr((source, env))
            if key not in functions:
                server = servers.enter_context(RuntimeApiServer())
                functions[key] = Function(server, tmp_path_factory.mktemp("function"))
                functions[key].start(source, **env)
            return functions[key]

        try:
            yield start
        finally:
            for function in functions.values():
                function.end()
