"""An execution environment stops between its invocations, and goes on with the next event."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from streaming_construct.local.lambda_.service import LambdaService
from streaming_construct.model.functions import Function
from tests.support.running_functions import (
    a_function,
    event,
    everything,
    native_function,
    web_function,
)

THREAD = """
import threading, time, os

def work():
    for number in range(5):
        time.sleep(0.1)
        with open(os.environ["DONE"], "a") as file:
            file.write("x")

def handler(event, context):
    if event["path"] == "/start":
        threading.Thread(target=work).start()
    else:
        time.sleep(1.5)
    return "answered"
"""
NODE = """
exports.handler = async (event) => {
  const append = () => require("node:fs").appendFileSync(process.env.DONE, "x");
  if (event.path === "/start") for (let n = 1; n < 6; n++) setTimeout(append, n * 100);
  else await new Promise((done) => setTimeout(done, 1500));
  return "answered";
};
"""
APP = """
import asyncio, os, time

async def work():
    for _ in range(5):
        await asyncio.sleep(0.1)
        with open(os.environ["DONE"], "a") as file:
            file.write("x")

tasks = []

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    if scope["path"] == "/start":
        tasks.append(asyncio.ensure_future(work()))
    elif scope["path"] == "/wait":
        await asyncio.sleep(1.5)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answered"})
"""


def function_of(kind: str, folder: Path) -> tuple[Function, Path]:
    """A function of a kind whose background work writes to a file."""
    done = folder / "done"
    variables = {"DONE": str(done)}
    code = folder / "code"
    if kind == "nodejs":
        find_node()
        made = a_function(
            code, {"index.js": NODE}, "index.handler", runtime="nodejs24.x", environment=variables
        )
    elif kind == "web adapter":
        made = web_function(code, APP, environment=variables)
    elif kind == "native app":
        app = APP.replace('scope["path"]', 'scope["path"].removeprefix(scope["root_path"])')
        made = native_function(code, {"fn.py": app}, "fn.app", environment=variables)
    elif kind == "native":
        made = native_function(code, {"fn.py": THREAD}, "fn.handler", environment=variables)
    else:
        made = a_function(code, {"fn.py": THREAD}, "fn.handler", environment=variables)
    return made, done


def written(file: Path) -> int:
    """How many bytes are in a file; none if there is none."""
    return file.stat().st_size if file.exists() else 0


async def sizes(function: Function, done: Path, *, freezes: bool) -> tuple[int, int, list[str]]:
    """How much the work wrote in a second after the response, and by the end of the next one."""
    console: list[str] = []
    options = LambdaOptions(freezes=freezes, file_system="host")
    service = LambdaService({"fn": function}, console=console.append, options=options)
    try:
        await service.prepare()
        await everything(await service.invoke("fn", event("/start")))
        await asyncio.sleep(1.2)
        idle = written(done)
        await everything(await service.invoke("fn", event("/wait")))
        return idle, written(done), console
    finally:
        began = time.monotonic()
        await service.aclose()
        # A stopped process must be let go before it can end: no wait for SIGKILL.
        assert time.monotonic() - began < 8


@pytest.mark.parametrize("kind", ["managed", "native", "nodejs", "web adapter"])
def test_work_after_the_response_waits_for_the_next_event(kind: str, tmp_path: Path) -> None:
    """Threads, timers and tasks stop after the response; the next event lets them go on."""
    function, done = function_of(kind, tmp_path)

    idle, later, _ = asyncio.run(sizes(function, done, freezes=True))

    # The first may slip in before the runtime asks for the next event.
    assert idle <= 1
    assert later == 5


def test_freezing_can_be_turned_off(tmp_path: Path) -> None:
    """For functions that a developer watches at work."""
    function, done = function_of("managed", tmp_path)

    idle, later, console = asyncio.run(sizes(function, done, freezes=False))

    assert (idle, later) == (5, 5)
    assert not [line for line in console if "still running" in line]


@pytest.mark.parametrize(
    ("kind", "work"),
    [
        ("nodejs", "Timeout"),
        ("managed", "thread Thread-1 (work)"),
        ("native", "thread Thread-1 (work)"),
        ("native app", "task work"),
    ],
)
def test_the_console_names_the_work_once(tmp_path: Path, kind: str, work: str) -> None:
    """Lambda says nothing: the local gateway does, and what to do."""
    function, done = function_of(kind, tmp_path)

    _, _, console = asyncio.run(sizes(function, done, freezes=True))

    (line,) = (line for line in console if "still running" in line)
    assert work in line
    assert "--no-freeze" in line
