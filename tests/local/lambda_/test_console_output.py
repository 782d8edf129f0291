"""The console output of a function: its lines, and the cause of a failure."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.invocation import FunctionError
from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from streaming_construct.model.functions import Function
from tests.support.running_functions import (
    event,
    running_service,
    runtime_function,
    source_function,
)

TRACEBACK = """
def look_up(key):
    return {}[key]

def handler(event, context):
    yield "one"
    look_up("the missing key")
"""
CONTROLS = """
def handler(event, context):
    print("a\\x1b[2Jb\\tc\\x07\\x9bd")
    print("::error::forged", flush=True)
    return 1
"""
KILLED = """
import os, signal, time
def handler(event, context):
    yield "some "
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(5)
"""
KILLED_NODE = """
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  stream.write("some ");
  await new Promise((done) => setTimeout(done, 300));
  process.kill(process.pid, "SIGKILL");
  await new Promise((done) => setTimeout(done, 5000));
});
"""
BARE = """
def handler(event, context):
    yield "one"
    assert event is None
"""


def failure_of(function: Function) -> tuple[bytes, FunctionError | None, list[str]]:
    """Return the received data, the failure of the invocation, and the console output."""
    console: list[str] = []

    async def scenario() -> tuple[bytes, FunctionError | None]:
        arrived = b""
        async with running_service(function, console=console) as service:
            invocation = await service.invoke("fn", event())
            try:
                async for data in invocation:
                    arrived += data
            except FunctionError as error:
                return arrived, error
            finally:
                await invocation.aclose()
            return arrived, None

    arrived, error = asyncio.run(scenario())
    return arrived, error, console


def test_each_line_of_a_traceback_is_printed(tmp_path: Path) -> None:
    """Lambda joins them by carriage returns, which a terminal would write over each other."""
    *_, console = failure_of(runtime_function(tmp_path, {"fn.py": TRACEBACK}, "fn.handler"))

    assert any(line.endswith('look_up("the missing key")') for line in console)
    assert not [line for line in console if "\r" in line]


def test_control_characters_of_a_function_are_escaped(tmp_path: Path) -> None:
    """They cannot clear the screen. A tab stays a tab."""
    *_, console = failure_of(source_function(tmp_path, {"fn.py": CONTROLS}, "fn.handler"))

    assert any(line.endswith("a\\x1b[2Jb\tc\\x07\\x9bd") for line in console)
    assert not [line for line in console if "::error::" in line]


@pytest.mark.parametrize("kind", ["python", "nodejs"])
def test_a_process_that_dies_in_mid_stream_is_reported_by_its_signal(
    kind: str, tmp_path: Path
) -> None:
    """Lambda reports it the same way. The console never reports a client that left."""
    if kind == "nodejs":
        find_node()
        files = {"index.js": KILLED_NODE}
        function = source_function(tmp_path, files, "index.handler", runtime="nodejs24.x")
    else:
        function = runtime_function(tmp_path, {"fn.py": KILLED}, "fn.handler")

    arrived, error, console = failure_of(function)

    assert arrived.endswith(b"some ")
    assert error is not None
    assert str(error) == "Runtime.ExitError: Runtime exited with error: signal: killed"
    assert not [line for line in console if "client left" in line]


def test_an_exception_without_a_message_is_named_by_its_type(tmp_path: Path) -> None:
    """The line has no JSON, and reports no client that left."""
    _, error, console = failure_of(runtime_function(tmp_path, {"fn.py": BARE}, "fn.handler"))

    assert str(error) == "AssertionError"
    assert not [line for line in console if "client left" in line]
