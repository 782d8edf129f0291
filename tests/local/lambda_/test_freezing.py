"""An environment is frozen between two invocations, and continues with the next event."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from streaming_construct.local.lambda_.service import LambdaService
from streaming_construct.model.functions import Function
from tests.support.running_functions import (
    event,
    read_all,
    runtime_function,
    source_function,
    web_function,
)

# The background work waits for a file of the test, and writes another.
THREAD = """
import pathlib, threading, time, os

go, done = pathlib.Path(os.environ["GO"]), pathlib.Path(os.environ["DONE"])

def work():
    while not go.exists():
        time.sleep(0.02)
    done.touch()

def handler(event, context):
    if event["path"] == "/start":
        threading.Thread(target=work).start()
    else:
        while not done.exists():
            time.sleep(0.02)
    return "answered"
"""
NODE = """
const { existsSync, writeFileSync } = require("node:fs");
const { GO, DONE } = process.env;
const work = () => existsSync(GO) ? writeFileSync(DONE, "") : setTimeout(work, 20);
exports.handler = async (event) => {
  if (event.path === "/start") setTimeout(work, 20);
  else while (!existsSync(DONE)) await new Promise((go) => setTimeout(go, 20));
  return "answered";
};
"""
APP = """
import asyncio, os, pathlib

go, done = pathlib.Path(os.environ["GO"]), pathlib.Path(os.environ["DONE"])

async def work():
    while not go.exists():
        await asyncio.sleep(0.02)
    done.touch()

tasks = []

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    if scope["path"] == "/start":
        tasks.append(asyncio.ensure_future(work()))
    elif scope["path"] == "/wait":
        while not done.exists():
            await asyncio.sleep(0.02)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answered"})
"""


def function_of(kind: str, folder: Path) -> Function:
    """Return a function of a kind whose background work waits for a file, and writes another."""
    variables = {"GO": str(folder / "go"), "DONE": str(folder / "done")}
    code = folder / "code"
    if kind == "nodejs":
        find_node()
        function = source_function(
            code, {"index.js": NODE}, "index.handler", runtime="nodejs24.x", environment=variables
        )
    elif kind == "web adapter":
        function = web_function(code, APP, environment=variables)
    elif kind == "native app":
        app = APP.replace('scope["path"]', 'scope["path"].removeprefix(scope["root_path"])')
        function = runtime_function(code, {"fn.py": app}, "fn.app", environment=variables)
    elif kind == "native":
        function = runtime_function(code, {"fn.py": THREAD}, "fn.handler", environment=variables)
    else:
        function = source_function(code, {"fn.py": THREAD}, "fn.handler", environment=variables)
    return function


async def wait_until_stopped(done: Path) -> None:
    """Wait until all processes with this file in their variables are stopped."""
    processes = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # a process of another function has ended
            if process.environ().get("DONE") == str(done):
                processes.append(process)
    assert processes
    ends = time.monotonic() + 60
    while any(process.status() != psutil.STATUS_STOPPED for process in processes):
        assert time.monotonic() < ends
        await asyncio.sleep(0.02)


@dataclass(frozen=True)
class Result:
    """Whether the background work was done while idle, and after the next event."""

    idle: bool
    later: bool
    console: list[str]


async def run(kind: str, folder: Path, *, freezes: bool) -> Result:
    """Invoke a function twice. Its background work may end between both events."""
    function, go, done = function_of(kind, folder), folder / "go", folder / "done"
    console: list[str] = []
    options = LambdaOptions(freezes=freezes, file_system="host")
    service = LambdaService({"fn": function}, console=console.append, options=options)
    try:
        await service.prepare()
        await read_all(await service.invoke("fn", event("/start")))
        if freezes:
            await wait_until_stopped(done)
        go.touch()
        # A process that runs sees it after 0.02 s. One that does not freeze has a minute.
        ends = time.monotonic() + (0.3 if freezes else 60)
        while not done.exists() and time.monotonic() < ends:  # noqa: ASYNC110 - a file
            await asyncio.sleep(0.02)
        idle = done.exists()
        await read_all(await service.invoke("fn", event("/wait")))
        return Result(idle, done.exists(), console)
    finally:
        # A process that is stopped gets SIGCONT before SIGTERM, so that it ends by itself.
        await asyncio.wait_for(service.aclose(), 8)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Run a function of each kind concurrently: they wait most of the time."""
    folder = tmp_path_factory.mktemp("functions")

    async def scenario() -> list[Result]:
        runs = [run(kind, folder / kind, freezes=True) for kind in WORK]
        return await asyncio.gather(*runs, run("managed", folder / "kept", freezes=False))

    return dict(zip([*WORK, "not frozen"], asyncio.run(scenario()), strict=True))


# The background work of each kind of function, as the console names it.
WORK = {
    "nodejs": "Timeout",
    "managed": "thread Thread-1 (work)",
    "native": "thread Thread-1 (work)",
    "native app": "task work",
    "web adapter": None,  # another process does the work
}


@pytest.mark.parametrize("kind", WORK)
def test_work_after_the_response_waits_for_the_next_event(
    results: dict[str, Result], kind: str
) -> None:
    """Threads, timers and tasks stop after the response, and continue with the next event."""
    result = results[kind]

    assert (result.idle, result.later) == (False, True)


@pytest.mark.parametrize(
    ("kind", "work"), [(kind, work) for kind, work in WORK.items() if work is not None]
)
def test_the_console_names_the_work_once(results: dict[str, Result], kind: str, work: str) -> None:
    """Lambda does not report it. The local gateway does, with the option that prevents it."""
    (line,) = (line for line in results[kind].console if "still running" in line)

    assert work in line
    assert "--no-freeze" in line


def test_freezing_can_be_turned_off(results: dict[str, Result]) -> None:
    """The work continues between two events."""
    result = results["not frozen"]

    assert (result.idle, result.later) == (True, True)
    assert not [line for line in result.console if "still running" in line]
