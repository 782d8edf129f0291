"""The runtimes that the benchmark of the Python runtime compares, and their processes."""

from __future__ import annotations

import compileall
import os
import py_compile
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.runtime_apps import BARE, FASTAPI, GENERATOR, NODE, STARLETTE, bare_process
from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from streaming_construct.runtime import bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.runtime_api import RuntimeApi


@dataclass(frozen=True)
class Contender:
    """One way to serve: the commands to start, given the folder with the app.

    Args:
        name: The name in the tables.
        source: The text of the app.
        commands: The commands to start, in the folder of the app.
        measures: Whether it serves more than one invocation. Default: True.
        flushes: Whether a chunk leaves although the app blocks. Default: True.
        file: The name of the file of the app.
    """

    name: str
    source: str
    commands: tuple[tuple[str, ...], ...]
    measures: bool = True
    flushes: bool = True
    file: str = "app.py"


ADAPTER_STARLETTE, ADAPTER_FASTAPI = "adapter, Starlette", "adapter, FastAPI"
STARLETTE_APP, FASTAPI_APP = "runtime, Starlette", "runtime, FastAPI"
GENERATOR_APP = "runtime, generator"
BARE_GENERATOR = "bare socket"
BARE_STARLETTE, BARE_FASTAPI = "bare socket, Starlette", "bare socket, FastAPI"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streaming-construct"
ADAPTER = CACHE / "lambda-web-adapter" / "bin" / "lambda-adapter"
NODE_CLIENT = CACHE / "conformance" / "ric" / "node_modules" / "aws-lambda-ric" / "index.mjs"


def list_contenders(python: str, adapter: str | None) -> list[Contender]:
    """Return all contenders: the installed others, ours, and the lower bound of each of ours."""
    start = bundle.WRAPPER.split('-c "')[1].rsplit('"', 1)[0]
    server = (python, "-m", "uvicorn", "app:app", "--port", "{port}", "--no-access-log")
    native = ((python, "-c", start, "app:app"),)
    # Every runtime must import the app, so none can start sooner.
    floor = ((python, "-c", "import app"),)
    result = [
        Contender(STARLETTE_APP, STARLETTE, native),
        Contender(FASTAPI_APP, FASTAPI, native),
        Contender(GENERATOR_APP, GENERATOR, native),
        Contender(BARE_GENERATOR, BARE, floor, measures=False),
        Contender(BARE_STARLETTE, bare_process(STARLETTE), floor, flushes=False),
        Contender(BARE_FASTAPI, bare_process(FASTAPI), floor, measures=False),
    ]
    if NODE_CLIENT.is_file():
        client = ((find_node(), str(NODE_CLIENT), "app.handler"),)
        result.insert(0, Contender("aws-lambda-ric, Node.js", NODE, client, file="app.mjs"))
    if adapter:
        behind = (server, (adapter,))
        result[:0] = [
            Contender(ADAPTER_STARLETTE, STARLETTE, behind),
            Contender(ADAPTER_FASTAPI, FASTAPI, behind),
        ]
    return result


@contextmanager
def start_contender(
    contender: Contender, api: RuntimeApi
) -> Iterator[tuple[list[psutil.Popen], float]]:
    """Start the processes of a contender; return them and the time before the first one."""
    folder = Path(tempfile.mkdtemp())
    (folder / contender.file).write_text(contender.source)
    for path, content in bundle.build_runtime_files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=1, invalidation_mode=mode)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    env = {
        "PATH": os.environ["PATH"],
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "_HANDLER": "app.handler",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_GROUP_NAME": "g",
        "AWS_LAMBDA_LOG_STREAM_NAME": "s",
        "AWS_LWA_PORT": port,
        "AWS_LWA_INVOKE_MODE": "response_stream",
        # With one worker its Nagle stall vanishes, and so would the second core.
        "TOKIO_WORKER_THREADS": "2",
    }
    processes: list[psutil.Popen] = []
    try:
        at = time.perf_counter()
        for command in contender.commands:
            arguments = [part.replace("{port}", port) for part in command]
            processes.append(
                psutil.Popen(
                    arguments,
                    cwd=folder,
                    env=env,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        yield processes, at
    finally:
        for process in processes:
            if process.is_running():
                process.kill()
            process.wait(5)
        shutil.rmtree(folder)
