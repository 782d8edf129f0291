"""Our Runtime API beside AWS's emulator, whose recorded responses are data of this test."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.invocation import Invocation
from streaming_construct.local.lambda_.loaded_function import LoadedFunction
from streaming_construct.local.lambda_.runtime_api import serve_runtime_api
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation
from tests.support import runtime_calls
from tests.support.genuine_clients import emulator_wheel
from tools.genuine_clients import EMULATOR_VERSION

pytestmark = pytest.mark.agreement
GOLDEN = Path(__file__).with_name("runtime_emulator.json")
EMULATOR = "samcli/local/rapid/aws-lambda-rie-x86_64"

# Requests to which our Runtime API responds differently, with the reason.
DIFFERENT: dict[str, list[object]] = {
    # The emulator knows neither traces nor what Lambda added in 2026.
    "next has": [
        "content-type",
        "lambda-runtime-aws-request-id",
        "lambda-runtime-deadline-ms",
        "lambda-runtime-invocation-id",
        "lambda-runtime-invoked-function-arn",
        "lambda-runtime-trace-id",
    ]
}


@pytest.mark.anyio
async def test_our_responses_are_those_of_the_genuine_emulator(tmp_path: Path) -> None:
    """Status and error type of every call are equal, except for listed differences."""

    async def scenario() -> dict[str, list[object]]:
        function = Function(id="fn", origin=SourceLocation(), handler="index.handler")
        loaded_function = LoadedFunction(
            function=function, code=tmp_path, layers=(), requirements=(), python=tmp_path
        )
        async with serve_runtime_api(loaded_function) as api:
            invocation = Invocation(b"{}", trace_id="Root=1-0-0")
            running = asyncio.create_task(api.run(invocation))
            responses = await asyncio.to_thread(
                runtime_calls.make_calls, api.variables["AWS_LAMBDA_RUNTIME_API"]
            )
            running.cancel()
            return responses

    golden = json.loads(GOLDEN.read_text())["answers"]

    assert await scenario() == {**golden, **DIFFERENT}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def record_emulator(wheel: Path, folder: Path) -> dict[str, list[object]]:
    """Return the responses of the emulator in a wheel to our calls of a runtime."""
    with zipfile.ZipFile(wheel) as archive:
        emulator = Path(archive.extract(EMULATOR, folder))
    emulator.chmod(0o755)
    responses = folder / "answers.json"
    runtime, front = free_port(), free_port()
    bootstrap = folder / "bootstrap"
    calls = runtime_calls.__file__
    bootstrap.write_text(
        f"#!/bin/sh\nexec '{sys.executable}' '{calls}' 127.0.0.1:{runtime} '{responses}'\n"
    )
    bootstrap.chmod(0o755)
    # Without both addresses it would listen on every interface.
    addresses = [
        f"--runtime-api-address=127.0.0.1:{runtime}",
        f"--runtime-interface-emulator-address=127.0.0.1:{front}",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [str(emulator), *addresses, str(bootstrap), "handler"], stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{front}/2015-03-31/functions/function/invocations"
    try:
        ends = time.monotonic() + 20
        while not responses.exists() and time.monotonic() < ends:
            # Refused until it listens; broken off when the calls have ended.
            with suppress(OSError), urllib.request.urlopen(url, b"{}", timeout=20) as response:
                response.read()
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    recorded: dict[str, list[object]] = json.loads(responses.read_text())
    return recorded


def test_the_recorded_responses_are_those_of_the_emulator(tmp_path: Path) -> None:
    """The data of this test equals the responses of the version that it names."""
    golden = json.loads(GOLDEN.read_text())

    assert golden["aws-sam-cli"] == EMULATOR_VERSION
    assert record_emulator(emulator_wheel(), tmp_path) == golden["answers"]
