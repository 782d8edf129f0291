"""Functions of every kind in their environments: reuse, limits, failures, and shutdown."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import os
import sys
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from streaming_construct.local.lambda_.invocation import FunctionError, FunctionNotRunnableError
from streaming_construct.local.lambda_.service import LambdaService
from streaming_construct.model.functions import Function, Layer
from streaming_construct.model.source_location import SourceLocation
from tests.support.process_status import is_running
from tests.support.running_functions import (
    body,
    event,
    read_all,
    running_service,
    source_function,
    web_function,
    write_files,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

HANDLERS = """
import json, os, subprocess, sys, time

def answer(event, context):
    print("heard", event["path"])
    left = context.get_remaining_time_in_millis()
    return {"statusCode": 200, "body": context.function_name, "left": left}

def variables(event, context):
    return dict(os.environ)

def fail(event, context):
    raise LookupError("not there")

def unspeakable(event, context):
    return object()

def sleep(event, context):
    time.sleep(30)

def exit(event, context):
    os._exit(5)

def arn(event, context):
    return context.invoked_function_arn

def prefix(event, context):
    return sys.prefix

def fork(event, context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    return [os.getpid(), child.pid]

def stubborn(event, context):
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return [os.getpid()]
"""

WEB = """
import asyncio, os

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/slow":
        for number in range(10):
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
            await asyncio.sleep(0.05)
        print("ran to its end", flush=True)
    await send({"type": "http.response.body", "body": b"%d" % os.getpid(), "more_body": False})
"""


def python(folder: Path, handler: str, **changes: Any) -> Function:
    return source_function(folder, {"fn.py": HANDLERS}, f"fn.{handler}", **changes)


async def wait_until(condition: Any) -> bool:
    """Return whether a condition becomes true within two seconds."""
    for _ in range(100):
        if condition():
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_managed_python_handler_returns_a_buffered_response(tmp_path: Path) -> None:
    """Its result is JSON. Its output is on the console, with the request."""
    console: list[str] = []

    async with running_service(
        python(tmp_path, "answer", name="Greeter"), console=console
    ) as service:
        invocation = await service.invoke("fn", event("/hello"))
        response = json.loads(await read_all(invocation))
        await wait_until(lambda: console)
        streaming, returned, request_id = invocation.streaming, response, invocation.request_id

    assert not streaming
    assert returned["body"] == "Greeter"
    assert 5000 < returned["left"] <= 10000
    assert f"[Greeter {request_id[:8]}] heard /hello" in console


async def test_a_function_has_lambdas_variables_and_no_credentials(
    tmp_path: Path, monkeypatch: Any
) -> None:
    """It has its variables and those of Lambda. It has none of the shell of the user."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the caller's")
    monkeypatch.setenv("ANYTHING", "the caller's")
    monkeypatch.setenv("AWS_REGION", "the caller's")
    layer = write_files(tmp_path / "layer", {"python/extra.py": ""})

    function = python(
        tmp_path / "code",
        "variables",
        environment={"OWN": "1"},
        arn="arn:aws:lambda:eu-west-1:210987654321:function:fn",
        layers=(Layer(origin=SourceLocation(), code=layer),),
    )
    async with running_service(function) as service:
        variables = json.loads(await read_all(await service.invoke("fn", event())))

    assert (variables["OWN"], variables["AWS_LAMBDA_FUNCTION_NAME"]) == ("1", "fn")
    assert (variables["AWS_REGION"], variables["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-1")
    assert variables["LAMBDA_TASK_ROOT"] == str(tmp_path / "code")
    assert str(layer / "python") in variables["PYTHONPATH"].split(os.pathsep)
    assert "the caller's" not in variables.values()
    assert not any((tmp_path / "code").glob("__pycache__"))


async def test_a_function_receives_its_arn(tmp_path: Path) -> None:
    """Account and Region are those of its stack."""
    arn = "arn:aws:lambda:eu-west-1:210987654321:function:fn"

    async with running_service(python(tmp_path, "arn", arn=arn)) as service:
        result = json.loads(await read_all(await service.invoke("fn", event())))

    assert result == arn


async def test_a_failed_process_start_is_named_as_the_cause(
    tmp_path: Path, monkeypatch: Any, caplog: Any
) -> None:
    """The invocation fails with the error of the system, and nothing else is logged."""

    def full(*_arguments: Any, **_options: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with running_service(python(tmp_path, "answer")) as service:
        monkeypatch.setattr(
            "streaming_construct.local.lambda_.execution_environment.tempfile.mkdtemp", full
        )
        with pytest.raises(FunctionError) as caught:
            await service.invoke("fn", event())
    gc.collect()
    result = str(caught.value)

    assert "No space left on device" in result
    assert not caplog.records


async def test_a_machine_with_python3_alone_runs_handlers_and_scripts(
    tmp_path: Path, monkeypatch: Any
) -> None:
    """They get a `python` that is this interpreter, with its packages."""
    only = write_files(tmp_path / "bin", {"python3": f'#!/bin/sh\nexec {sys.executable} "$@"\n'})
    monkeypatch.setattr("sys.executable", str(only / "python3"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    functions = (
        python(tmp_path / "plain", "prefix"),
        web_function(tmp_path / "web", WEB, id="web"),
    )
    async with running_service(*functions) as service:
        prefix = await read_all(await service.invoke("fn", event()))
        process = await body(await service.invoke("web", event()))

    assert json.loads(prefix) == sys.prefix
    assert process.isdigit()


@pytest.mark.parametrize(
    ("handler", "error_type", "message"),
    [
        ("fail", "LookupError", "not there"),
        ("unspeakable", "Runtime.MarshalError", "not JSON serializable"),
        ("exit", "Runtime.ExitError", "exit status 5"),
        ("nowhere", "Runtime.HandlerNotFound", "nowhere"),
        ("sleep", "Sandbox.Timedout", "Task timed out after 0.30 seconds"),
    ],
)
async def test_each_kind_of_failure_is_reported(
    tmp_path: Path, handler: str, error_type: str, message: str
) -> None:
    """An error, an invalid response, the end of the process, a failed start, and a timeout."""

    function = python(tmp_path, handler, timeout_seconds=0.3)
    async with running_service(function) as service:
        with pytest.raises(FunctionError) as caught:
            await asyncio.wait_for(service.invoke("fn", event()), 10)
        error = caught.value

    assert error.error_type == error_type
    assert message in error.message


async def test_the_function_continues_after_its_caller_is_canceled(tmp_path: Path) -> None:
    """Also if the caller still waits for the head."""
    console: list[str] = []

    handler = "import time\ndef late(event, context):\n    time.sleep(0.2)\n    print('done')\n"
    async with running_service(
        source_function(tmp_path, {"i.py": handler}, "i.late"), console=console
    ) as service:
        waiting = asyncio.create_task(service.invoke("fn", event()))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await wait_until(lambda: any("done" in line for line in console))


@pytest.mark.parametrize("handler", ["fork", "stubborn"])
async def test_no_process_is_left_running(tmp_path: Path, handler: str) -> None:
    """Children of the function and a process that ignores SIGTERM end with the service."""

    async with running_service(python(tmp_path, handler)) as service:
        pids: list[int] = json.loads(await read_all(await service.invoke("fn", event())))
        assert all(is_running(pid) for pid in pids)
    assert await wait_until(lambda: not any(is_running(pid) for pid in pids))

    assert pids


async def test_closing_ends_streams_starts_and_waiting_callers(tmp_path: Path) -> None:
    """Each of them receives an error, quickly."""

    service = LambdaService(
        {
            "fn": web_function(tmp_path / "web", WEB),
            "stuck": python(tmp_path / "stuck", "sleep", id="stuck"),
        },
        console=lambda _: None,
    )
    stream = await service.invoke("fn", event("/slow"))
    starting = asyncio.create_task(service.invoke("fn", event("/slow")))
    stuck = asyncio.create_task(service.invoke("stuck", event()))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    await service.aclose()
    seconds = time.monotonic() - started
    ends = await asyncio.gather(read_all(stream), starting, stuck, return_exceptions=True)

    assert seconds < 5
    assert [type(end) for end in ends] == [FunctionError] * 3


async def test_a_custom_bootstrap_runs(tmp_path: Path) -> None:
    """Any program can be the runtime of `provided.*`: here it is a script."""
    script = f"""#!/usr/bin/env python3
import http.client, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    event = api.getresponse()
    event.read()
    request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
    api.request("POST", "/2018-06-01/runtime/invocation/" + request_id + "/response", {b"mine"!r})
    api.getresponse().read()
"""

    function = source_function(tmp_path, {"bootstrap": script}, "any", runtime="provided.al2023")
    async with running_service(function) as service:
        result = await read_all(await service.invoke("fn", event()))

    assert result == b"mine"


async def test_code_in_a_zip_file_runs(tmp_path: Path) -> None:
    """It is unpacked with its permissions."""
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        for name, text, mode in (
            ("run.sh", "#!/bin/sh\nexec python -m uvicorn --port=$PORT app:app", 0o755),
            ("app.py", WEB, 0o644),
        ):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, text)

    unzipped = web_function(tmp_path / "unused", WEB)
    function = Function(**{**vars(unzipped), "code": tmp_path / "code.zip"})
    async with running_service(function) as service:
        result = await body(await service.invoke("fn", event("/pid")))

    assert int(result) > 0


async def test_a_function_that_cannot_run_locally_has_a_reason(tmp_path: Path) -> None:
    """Images, unknown runtimes, missing code and other programs do not prevent other functions."""
    elf = b"\x7fELF" + b"\0" * 14 + (243).to_bytes(2, "little")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "bootstrap").write_bytes(elf)
    (foreign / "bootstrap").chmod(0o755)
    functions = {
        "image": Function(id="image", origin=SourceLocation(), is_container_image=True),
        "java": source_function(tmp_path / "java", {}, "a", id="java", runtime="java25"),
        "lost": Function(id="lost", origin=SourceLocation(), runtime="python3.14"),
        "gone": Function(
            id="gone", origin=SourceLocation(), runtime="python3.14", code=tmp_path / "no"
        ),
        "foreign": Function(
            id="foreign", origin=SourceLocation(), runtime="provided.al2023", code=foreign
        ),
        "fine": python(tmp_path / "fine", "answer", id="fine"),
    }
    (tmp_path / "java").mkdir(exist_ok=True)

    async with running_service(*functions.values()) as service:
        with pytest.raises(FunctionNotRunnableError, match="container image"):
            await service.invoke("image", event())
        await service.invoke("fine", event())
        reasons = dict(service.list_unavailable())

    assert set(reasons) == {"image", "java", "lost", "gone", "foreign"}
    assert "java25" in reasons["java"]
    assert "another processor" in reasons["foreign"]
