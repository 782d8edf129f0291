"""The program `watch_streams.py` as a separate process: its output and its exit status."""

import json
import os
import re
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.process_status import is_running

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "clients" / "watch_streams.py"
STAND_IN = Path(__file__).with_name("stand_in_gateway.py")

pytestmark = pytest.mark.recipe

Api = Callable[[str], str]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **more}


def watch(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_watch_streams_fails_if_a_stream_is_buffered(api: Api) -> None:
    """The verdict names a buffered stream, and the status is not 0."""
    done = watch("--url", api("buffering"))

    assert done.returncode == 1
    assert done.stdout.count("buffered: 1 arrival of 7 chunks") == 7
    assert "buffered, as configured" in done.stdout


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ("cut short", "failed: 127.0.0.1"),
        ("quiet end", "failed: 3 chunks (text/event-stream) instead of 7"),
    ],
)
def test_a_truncated_stream_fails(api: Api, manner: str, words: str) -> None:
    """A broken connection and a stream that ends early without an error both fail."""
    done = watch("--url", api(manner))

    assert done.returncode == 1
    assert words in done.stdout


def start(tmp_path: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start the program with the stand-in in place of the Python for the gateway."""
    stand_in = tmp_path / "python"
    stand_in.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{STAND_IN}' \"$@\"\n")
    stand_in.chmod(0o755)
    code = (
        f"import runpy, sys; sys.executable = {str(stand_in)!r};"
        f"sys.argv = ['watch_streams.py', *sys.argv[1:]];"
        f"runpy.run_path({str(PROGRAM)!r}, run_name='__main__')"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=environment(GATEWAY_TRACE=str(tmp_path / "trace"), **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A group of its own, so that a signal meant for it alone reaches it alone.
        start_new_session=True,
    )


def trace_of(tmp_path: Path) -> dict[str, Any]:
    traced: dict[str, Any] = json.loads((tmp_path / "trace").read_text())
    return traced


def test_the_table_is_printed_while_chunks_arrive(api: Api, tmp_path: Path) -> None:
    """Every route has a row: a dot for each arrival, the verdict. Every chunk has a line later."""
    process = start(tmp_path, "some.out", GATEWAY_URL=api("streaming"))
    output = ""
    dots: list[float] = []
    with process:
        assert process.stdout is not None
        while character := process.stdout.read(1):
            output += character
            if character == "." and output.rpartition("\n")[2].startswith("Python, SSE"):
                dots.append(time.monotonic())

    lines = output.splitlines()
    assert process.returncode == 0, output
    assert dots[-1] - dots[0] > 0.05
    table = next(number for number, line in enumerate(lines) if line.startswith("route "))
    rows, details = lines[table + 1 : table + 9], lines[table + 9 :]
    assert [re.split("  +", line)[0] for line in rows] == [
        "Python, SSE",
        "Python, JSON Lines",
        "Python, text",
        "Node.js, SSE",
        "Node.js, JSON Lines",
        "Node.js, text",
        "Python, no adapter",
        "Python, buffered",
    ]
    # Chunks can arrive together on a busy machine.
    assert all(re.search(r"  \.{2,} .*  streamed$", line) for line in rows[:7]), rows
    assert re.search(r"  \. .*  buffered, as configured$", rows[7])
    chunks = [line for line in details if " B  " in line and "chunk" in line]
    assert len(chunks) >= 7 * 2
    assert len([line for line in details if line.startswith("streamed: ")]) == 7
    assert "\x1b" not in output
    assert lines[-1].startswith("  docs/getting-started.md ")


def test_the_gateway_is_started_and_stopped(api: Api, tmp_path: Path) -> None:
    """The gateway serves on a free port, the program uses its URL and ends it with SIGTERM.

    When a route fails, the program prints the output of the gateway, which may name the cause.
    """
    url = api("error")
    process = start(tmp_path, "some.out", GATEWAY_URL=url, GATEWAY_WORDS="no such function: Chat")
    output, errors = process.communicate(timeout=60)

    trace = trace_of(tmp_path)
    assert trace["arguments"] == ["-m", "streaming_construct", "local", "some.out", "--port", "0"]
    assert f"$ streaming-construct probe '{url}stream?format=sse&" in output
    assert "failed: status 502" in output
    assert process.returncode == 1
    assert "no such function: Chat" in errors
    assert trace["stopped"]
    assert not is_running(trace["pid"])


def test_the_output_of_a_gateway_that_ends_is_printed(tmp_path: Path) -> None:
    """The exit status is 2."""
    process = start(tmp_path, GATEWAY_EXITS="1", GATEWAY_WORDS="no template in cdk.out")
    output, errors = process.communicate(timeout=60)

    assert process.returncode == 2
    assert errors == "The gateway ended. Its output:\n  no template in cdk.out\n"
    assert "route" not in output


def test_a_gateway_without_a_url_is_stopped(tmp_path: Path) -> None:
    """The program waits for the URL for `--start-timeout`."""
    process = start(tmp_path, "--start-timeout", "0.5", GATEWAY_WORDS="installing")
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 2
    assert errors == "The gateway printed no URL within 0.5 s. Its output:\n  installing\n"
    assert trace_of(tmp_path)["stopped"]


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["Ctrl-C", "SIGTERM", "SIGHUP"],
)
def test_an_interrupted_program_stops_the_gateway(
    api: Api, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    """After Ctrl-C in mid-stream there is no gateway and no traceback."""
    process = start(tmp_path, GATEWAY_URL=api("hanging"))
    # Its first chunk is there: it is now waiting for the second.
    assert process.stdout is not None
    watchdog = threading.Timer(30, process.kill)
    watchdog.start()
    while not process.stdout.readline().startswith("route "):
        pass
    while process.stdout.read(1) != ".":  # the end of the row before its first dot
        pass
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    watchdog.cancel()

    assert process.returncode == status
    assert errors == ""
    assert trace_of(tmp_path)["stopped"]
    assert not is_running(trace_of(tmp_path)["pid"])


def test_a_process_that_ignores_sigterm_is_killed() -> None:
    """After the time for SIGTERM it receives SIGKILL."""
    ignoring = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", ignoring], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()

    runpy.run_path(str(PROGRAM))["stop"](process, timeout=0.2)

    assert process.returncode == -signal.SIGKILL
    process.stdout.close()
