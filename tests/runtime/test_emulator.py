"""AWS's Runtime Interface Emulator accepts the responses of the runtime.

It does not stream, but it is strict about the protocol.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.runtime.events import rest_event
from tests.support.genuine_clients import interface_emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.agreement
ROOT = Path(__file__).parent.parent.parent
SOURCE = """
    from streaming_construct.runtime import HttpResponse
    def handler(event, context):
        if event["path"] == "/before":
            raise ValueError("before")
        if event["path"] == "/dict":
            return {"statusCode": 201, "body": "whole"}
        return stream(event)
    def stream(event):
        yield HttpResponse(200, {"content-type": "text/plain"})
        yield "part"
        if event["path"] == "/amidst":
            raise ValueError("long " * 3000)
        yield "rest"
    """


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def invoke(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Any], bytes]]:
    folder = tmp_path_factory.mktemp("emulator")
    (folder / "app.py").write_text(textwrap.dedent(SOURCE))
    front, api = _free_port(), _free_port()
    runtime = (sys.executable, "-m", "streaming_construct.runtime", "app:handler")
    process = subprocess.Popen(
        [
            interface_emulator(folder),
            # Without both, it listens on every interface.
            f"--runtime-interface-emulator-address=127.0.0.1:{front}",
            f"--runtime-api-address=127.0.0.1:{api}",
            *runtime,
        ],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "9",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def call(event: Any) -> bytes:
        url = f"http://127.0.0.1:{front}/2015-03-31/functions/function/invocations"
        request = urllib.request.Request(url, json.dumps(event).encode())
        with urllib.request.urlopen(request, timeout=10) as response:
            body: bytes = response.read()
            return body

    try:
        _wait_until_open(front)
        yield call
    finally:
        # It forwards the signal to the runtime, which is in a process group of its own.
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _wait_until_open(port: int) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("the emulator does not listen")


def test_a_stream_is_accepted(invoke: Callable[[Any], bytes]) -> None:
    """Prelude, delimiter and body are sent several times on one environment."""
    for _ in range(3):
        prelude, body = invoke(rest_event()).split(b"\0" * 8)

        assert json.loads(prelude)["statusCode"] == 200
        assert body == b"partrest"


def test_a_complete_response_is_accepted(invoke: Callable[[Any], bytes]) -> None:
    """A handler returned a dict."""
    assert invoke(rest_event(path="/dict")).endswith(b"\0" * 8 + b"whole")


def test_an_error_before_the_body_is_accepted(invoke: Callable[[Any], bytes]) -> None:
    """The emulator responds with the JSON of the error."""
    described = json.loads(invoke(rest_event(path="/before")))

    assert (described["errorType"], described["errorMessage"]) == ("ValueError", "before")


def test_error_trailers_are_read_to_their_end(invoke: Callable[[Any], bytes]) -> None:
    """A long message fits Go's buffer. The environment serves the next invocation."""
    assert invoke(rest_event(path="/amidst")).endswith(b"part")
    assert invoke(rest_event()).endswith(b"partrest")
