"""The lines that Lambda writes around the output of a function."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from streaming_construct.local.lambda_.invocation import FunctionError
from streaming_construct.local.lambda_.log_lines import (
    Report,
    format_report_line,
    hide_local_url,
    split_node_error,
)
from tests.support.running_functions import event, read_all, running_service, source_function

if TYPE_CHECKING:
    from pathlib import Path

HANDLERS = """
import os, time

def loud(event, context):
    print("out")
    os.write(2, b"err\\n")
    held = b"x" * 64 * 2**20
    time.sleep(0.05)
    return len(held)

def slow(event, context):
    print("still here")
    time.sleep(5)

def fail(event, context):
    raise KeyError("no")
"""


def test_a_report_has_the_fields_of_cloudwatch_in_their_order() -> None:
    """Tabs separate them, milliseconds have two digits, and the billed time includes
    initialization."""
    report = Report(
        request_id="r",
        duration_seconds=0.0123456,
        memory_mb=512,
        peak_mb=66,
        init_seconds=0.1,
        status="error",
        error_type="Runtime.ExitError",
    )

    assert format_report_line(report).split("\t") == [
        "REPORT RequestId: r",
        "Duration: 12.35 ms",
        "Billed Duration: 113 ms",
        "Memory Size: 512 MB",
        "Max Memory Used: 66 MB",
        "Init Duration: 100.00 ms",
        "Status: error",
        "Error Type: Runtime.ExitError",
    ]


def test_an_error_of_nodejs_is_a_stack_of_lines() -> None:
    """It has no frames of the runtime, but other members of the error. Other lines stay."""
    head = "2026-11-30T09:09:04.916Z\t64cb0576\tERROR\tInvoke Error"
    error = {
        "errorType": "TypeError",
        "errorMessage": "boom",
        "code": "E_BOOM",
        "stack": [
            "TypeError: boom",
            "    at handler (/var/task/index.js:1:39)",
            "    at file:///x/runtimes/nodejs_runtime.mjs:415:24",
            "    at Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:1206:29)",
            "    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)",
        ],
    }

    assert list(split_node_error(f"{head} \t{json.dumps(error)}")) == [
        f"{head}\tTypeError: boom",
        "    at handler (/var/task/index.js:1:39)",
        '    code: "E_BOOM"',
    ]
    for line in ("plain", f"{head} \t{{broken}}", f'{head} \t{{"errorType": "E"}}', '{"a": 1}'):
        assert list(split_node_error(line)) == [line]


def lines_of(folder: Path, handler: str, times: int = 1, timeout: float = 10) -> list[str]:
    """Return the console output of several invocations, without the name of the function."""
    console: list[str] = []

    async def scenario() -> None:
        function = source_function(
            folder, {"i.py": HANDLERS}, f"i.{handler}", timeout_seconds=timeout, memory_mb=256
        )
        async with running_service(function, console=console) as service:
            for _ in range(times):
                with suppress(FunctionError):
                    await read_all(await service.invoke("fn", event()))
            await asyncio.sleep(0.2)

    asyncio.run(scenario())
    assert all(re.match(r"\[fn ([0-9a-f]{8}|init|-)\] ", line) for line in console)
    return [line.partition("] ")[2] for line in console]


@pytest.mark.skipif(sys.platform != "linux", reason="peaks of memory are read from /proc")
def test_the_output_is_between_start_and_report(tmp_path: Path) -> None:
    """Both streams are in order. Only the first report has an initialization."""
    lines = lines_of(tmp_path, "loud", times=2)

    assert [line.split()[0] for line in lines] == ["START", "out", "err", "END", "REPORT"] * 2
    first, second = lines[4].split("\t"), lines[9].split("\t")
    assert lines[0].endswith("Version: $LATEST")
    assert first[5].startswith("Init Duration: ")
    assert len(second) == 5
    assert 50 <= float(second[1].split()[1]) < 1000
    assert second[3] == "Memory Size: 256 MB"
    assert 64 <= int(second[4].split()[3]) < 200
    assert len({line.split()[2] for line in lines if "RequestId" in line}) == 2


def test_a_timeout_and_an_error_are_in_the_report(tmp_path: Path) -> None:
    """The timeout is a separate line, too, as in CloudWatch."""
    timed_out = lines_of(tmp_path / "slow", "slow", timeout=0.3)
    failed = lines_of(tmp_path / "fail", "fail")

    assert [line.split()[0] for line in timed_out] == ["START", "still", "Task", "END", "REPORT"]
    assert timed_out[-1].endswith("\tStatus: timeout")
    assert failed[-1].endswith("\tStatus: error\tError Type: KeyError")


def test_the_url_of_a_web_server_in_a_function_is_not_printed() -> None:
    """A reader can open only the URL of the gateway."""
    line = "Uvicorn running on http://127.0.0.1:4001 (Press CTRL+C to quit)"

    assert hide_local_url(line, "4001") == ("Uvicorn running on port 4001 (Press CTRL+C to quit)")
    assert hide_local_url(line, "400") == line
