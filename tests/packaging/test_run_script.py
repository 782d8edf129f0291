"""`run.sh`, started as the adapter starts it: each supported server streams."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streaming_construct.packaging.code_asset import copy_code
from streaming_construct.packaging.requirements import read_python_folder
from streaming_construct.packaging.web_app import read_web_app
from streaming_construct.runtime.bundle import build_runtime_modules

if TYPE_CHECKING:
    from collections.abc import Iterator

GAP_SECONDS = 0.3
CHUNKS = 4
READY_SECONDS = 30

ASGI = f"""
import asyncio
import dependency

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"text/plain")]
    await send({{"type": "http.response.start", "status": 200, "headers": headers}})
    for number in range({CHUNKS}):
        await asyncio.sleep({GAP_SECONDS} if number else 0)
        await send({{"type": "http.response.body", "body": b"x%d" % number, "more_body": True}})
    await send({{"type": "http.response.body"}})
"""
WSGI = f"""
import time
import dependency

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    for number in range({CHUNKS}):
        time.sleep({GAP_SECONDS} if number else 0)
        yield b"x%d" % number
"""
APPS = {"uvicorn": ASGI, "hypercorn": ASGI, "gunicorn": WSGI, "waitress": WSGI}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def start_script(code: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    """Run the script of a folder until the block ends, from the first accepted connection."""
    # The adapter starts it by its full path, from wherever it is.
    with subprocess.Popen([str(code / "run.sh")], cwd="/", env=environment) as child:
        try:
            deadline = time.monotonic() + READY_SECONDS
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert child.poll() is None, f"run.sh ended with {child.returncode}"
                    assert time.monotonic() < deadline, "run.sh never listened"
                    time.sleep(0.02)
            yield
        finally:
            child.terminate()
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()


def arrivals(port: int) -> list[float]:
    """Request the stream; return the time of each chunk."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.status == 200
        times = []
        while response.read1(65536):
            times.append(time.monotonic())
        return times
    finally:
        connection.close()


@pytest.fixture
def dependencies(tmp_path: Path) -> Path:
    """A folder that stands for the installed dependencies of the app."""
    folder = tmp_path / "dependencies"
    folder.mkdir()
    (folder / "dependency.py").touch()
    return folder


def environment(code: Path, dependencies: Path, **more: str) -> dict[str, str]:
    """Return the variables at the start of the script. No home is writable, as in Lambda."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(dependencies),
        "LAMBDA_TASK_ROOT": str(code),
        "HOME": "/dev/null",
        **more,
    }


@pytest.mark.parametrize("server", APPS)
def test_every_supported_server_streams(
    server: str, tmp_path: Path, dependencies: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The client measures the gaps between the chunks of the app. The server logs no error."""
    entry, code = tmp_path / "entry", tmp_path / "code"
    entry.mkdir()
    code.mkdir()
    (entry / "app.py").write_text(APPS[server])
    (entry / "requirements.txt").write_text(server)
    web_app = read_web_app(read_python_folder(entry), app="app:app")
    assert web_app.problems == ()
    copy_code(entry, code, files={**build_runtime_modules(), "run.sh": web_app.run_script})
    port = free_port()
    with start_script(code, environment(code, dependencies, AWS_LWA_PORT=str(port)), port):
        arrivals(port)  # the first request may import what the second need not
        times = arrivals(port)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) == CHUNKS
    assert min(gaps) > GAP_SECONDS / 3, gaps
    assert "ERROR" not in capfd.readouterr().err


def test_the_port_has_the_fallback_of_the_adapter(tmp_path: Path, dependencies: Path) -> None:
    """The script uses PORT if AWS_LWA_PORT is not set."""
    (tmp_path / "app.py").write_text(ASGI)
    (tmp_path / "requirements.txt").write_text("uvicorn")
    code = tmp_path / "code"
    code.mkdir()
    run_script = read_web_app(read_python_folder(tmp_path), app="app:app").run_script
    copy_code(
        tmp_path, code, files={**build_runtime_modules(), "run.sh": run_script}, exclude=["code"]
    )
    port = free_port()
    with start_script(code, environment(code, dependencies, PORT=str(port)), port):
        assert len(arrivals(port)) == CHUNKS


def test_a_layer_precedes_the_packages_of_the_runtime(tmp_path: Path) -> None:
    """A library in /opt/python precedes that of the runtime's folder."""
    (tmp_path / "show").write_text('#!/bin/sh\necho "$PYTHONPATH"\n')
    (tmp_path / "show").chmod(0o755)
    run_script = read_web_app(read_python_folder(tmp_path), app="", command=["./show"]).run_script
    base = {"PATH": os.environ["PATH"], "LAMBDA_TASK_ROOT": str(tmp_path)}
    outputs = [
        subprocess.run(
            ["sh"], input=run_script, env={**base, **more}, stdout=subprocess.PIPE, check=True
        )
        .stdout.decode()
        .strip()
        for more in (
            {},
            {"LAMBDA_RUNTIME_DIR": "/var/runtime"},
            {"PYTHONPATH": "/env", "LAMBDA_RUNTIME_DIR": "/var/runtime"},
        )
    ]
    assert outputs == ["/opt/python", "/opt/python:/var/runtime", "/opt/python:/env:/var/runtime"]
